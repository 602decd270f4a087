/**
 * EAP packets, RFC 3748 §4.
 *
 *     Code | Identifier | Length (2) | Type | Type-Data ...        Success and Failure end after Length
 */

const REQUEST = 1
const RESPONSE = 2
const SUCCESS = 3
const FAILURE = 4

const HEADER_OCTETS = 4

/** RFC 3748 §5 and the registry of IANA; `TLV` is the Extensions method of PEAPv0 ([MS-PEAP] §2.2.8). */
export const EAP_TYPE = { Identity: 1, Nak: 3, GTC: 6, TLS: 13, TTLS: 21, PEAP: 25, MSCHAPv2: 26, TLV: 33 } as const

export type EapResponse = { readonly identifier: number; readonly type: number; readonly data: Buffer }

/** Undefined for anything but one Response with a type. Octets past Length are padding (RFC 3748 §4.1). */
export function parseResponse(octets: Buffer): EapResponse | undefined {
  if (octets.length <= HEADER_OCTETS || octets[0] !== RESPONSE) return undefined
  const length = octets.readUInt16BE(2)
  if (length <= HEADER_OCTETS || length > octets.length) return undefined
  return { identifier: octets[1]!, type: octets[4]!, data: octets.subarray(5, length) }
}

export const eapRequest = (identifier: number, type: number, data: Uint8Array): Buffer => packet(REQUEST, identifier, type, data)

/** Inside a tunnel both sides are ours to write: PEAP's TLV and the tests' supplicant. */
export const eapResponse = (identifier: number, type: number, data: Uint8Array): Buffer => packet(RESPONSE, identifier, type, data)

function packet(code: number, identifier: number, type: number, data: Uint8Array): Buffer {
  const octets = Buffer.allocUnsafe(HEADER_OCTETS + 1 + data.length)
  octets[0] = code
  octets[1] = identifier
  octets.writeUInt16BE(octets.length, 2)
  octets[4] = type
  octets.set(data, 5)
  return octets
}

/** RFC 3748 §4.2: both carry the identifier of the response they answer. */
export const eapSuccess = (identifier: number): Buffer => Buffer.of(SUCCESS, identifier, 0, HEADER_OCTETS)
export const eapFailure = (identifier: number): Buffer => Buffer.of(FAILURE, identifier, 0, HEADER_OCTETS)
