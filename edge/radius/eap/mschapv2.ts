/**
 * EAP-MSCHAPv2 (draft-kamath-pppext-eap-mschapv2-02), the one method inside PEAP and one of those inside EAP-TTLS.
 * Type-Data: OpCode | MS-CHAPv2-ID | MS-Length (2) | ... where MS-Length counts from OpCode on.
 */
import { authenticatorResponse, CHALLENGE_OCTETS, isNtResponse, NT_RESPONSE_OCTETS, type MschapExchange } from '../mschap/response.ts'

export const OPCODE = { challenge: 1, response: 2, success: 3, failure: 4 } as const

/** Peer-Challenge 16, reserved 8, NT-Response 24, Flags 1. */
const RESPONSE_VALUE_OCTETS = 49
const RESERVED_OCTETS = 8
const SERVER_NAME = 'hotspot'

export const challengeData = (identifier: number, challenge: Buffer): Buffer =>
  frame(OPCODE.challenge, identifier, Buffer.concat([Buffer.of(CHALLENGE_OCTETS), challenge, Buffer.from(SERVER_NAME)]))

export type PeerResponse = { readonly peerChallenge: Buffer; readonly ntResponse: Buffer; readonly name: Buffer }

/** Undefined unless it is a Response to this challenge, of the right lengths. */
export function parsePeerResponse(data: Buffer, identifier: number): PeerResponse | undefined {
  const value = 5
  if (data.length < value + RESPONSE_VALUE_OCTETS || data[0] !== OPCODE.response || data[1] !== identifier) return undefined
  if (data.readUInt16BE(2) !== data.length || data[4] !== RESPONSE_VALUE_OCTETS) return undefined
  return { ...readResponseValue(data.subarray(value)), name: data.subarray(value + RESPONSE_VALUE_OCTETS) }
}

/** Peer-Challenge, eight reserved octets, NT-Response: also the tail of RADIUS's MS-CHAP2-Response (RFC 2548 §2.3.2). */
export function readResponseValue(value: Buffer): { peerChallenge: Buffer; ntResponse: Buffer } {
  const response = CHALLENGE_OCTETS + RESERVED_OCTETS
  return { peerChallenge: value.subarray(0, CHALLENGE_OCTETS), ntResponse: value.subarray(response, response + NT_RESPONSE_OCTETS) }
}

export const successData = (identifier: number, proof: string): Buffer =>
  frame(OPCODE.success, identifier, Buffer.from(`${proof} M=Selamat datang`))

/** RFC 2759 §6: E=691 is ERROR_AUTHENTICATION_FAILURE; R=0: do not try again in this conversation. */
export const failureData = (identifier: number, nextChallenge: Buffer): Buffer =>
  frame(OPCODE.failure, identifier, Buffer.from(`E=691 R=0 C=${nextChallenge.toString('hex').toUpperCase()} V=3 M=Salah`))

function frame(opcode: number, identifier: number, rest: Buffer): Buffer {
  const data = Buffer.concat([Buffer.of(opcode, identifier, 0, 0), rest])
  data.writeUInt16BE(data.length, 2)
  return data
}

/** Our own proof, `S=...`, when the response is right. */
export function proveMschap(ntHash: Buffer, ntResponse: Buffer, exchange: MschapExchange): string | undefined {
  return isNtResponse(ntResponse, ntHash, exchange) ? authenticatorResponse(ntHash, ntResponse, exchange) : undefined
}
