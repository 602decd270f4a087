/** The MD5 constructions of RFC 2865 §3 and §5.2 and RFC 2866 §3. Octets are compared as octets, in constant time. */
import { md5Into, MD5_OCTETS } from './md5.ts'
import { AUTHENTICATOR_AT, AUTHENTICATOR_OCTETS, PACKET_OCTETS_MAX, type Packet } from './packet.ts'
import { sameOctets } from './same-octets.ts'
import type { SharedSecret } from './secret.ts'

/** RFC 2865 §5.2: at most 128 octets of hidden password. */
const PASSWORD_OCTETS_MAX = 128

/** A packet and a secret of any length the configuration allows (128 characters, up to 4 octets each). */
const scratch = Buffer.alloc(PACKET_OCTETS_MAX + 4 * 128)
const digest = Buffer.alloc(MD5_OCTETS)

/**
 * Response Authenticator, RFC 2865 §3: MD5(Code+ID+Length+RequestAuth+Attributes+Secret), written in place.
 * The octets must carry the Request Authenticator in that place when this is called.
 */
export function writeResponseAuthenticator(octets: Buffer, secret: SharedSecret): void {
  scratch.set(octets)
  scratch.set(secret.octets, octets.length)
  md5Into(scratch, octets.length + secret.octets.length, octets, AUTHENTICATOR_AT)
}

/** Request Authenticator of an Accounting-Request, RFC 2866 §3: the same digest over sixteen zero octets. */
export function writeAccountingAuthenticator(octets: Buffer, secret: SharedSecret): void {
  octets.fill(0, AUTHENTICATOR_AT, AUTHENTICATOR_AT + AUTHENTICATOR_OCTETS)
  writeResponseAuthenticator(octets, secret)
}

export function hasValidAccountingAuthenticator(packet: Packet, secret: SharedSecret): boolean {
  scratch.set(packet.octets)
  scratch.fill(0, AUTHENTICATOR_AT, AUTHENTICATOR_AT + AUTHENTICATOR_OCTETS)
  scratch.set(secret.octets, packet.octets.length)
  md5Into(scratch, packet.octets.length + secret.octets.length, digest, 0)
  return sameOctets(digest, 0, packet.octets, AUTHENTICATOR_AT, AUTHENTICATOR_OCTETS)
}

/** User-Password as it travels. Undefined for a password over 128 octets, which cannot be hidden. */
export function hidePassword(password: Uint8Array, requestAuthenticator: Uint8Array, secret: SharedSecret): Buffer | undefined {
  if (password.length > PASSWORD_OCTETS_MAX) return undefined
  const hidden = Buffer.alloc(Math.max(1, Math.ceil(password.length / 16)) * 16)
  hidden.set(password)
  for (let at = 0; at < hidden.length; at += 16)
    xorWithPad(hidden, at, at === 0 ? requestAuthenticator : hidden.subarray(at - 16, at), secret)
  return hidden
}

/** The password in clear, its padding of zeros removed. Undefined for a length no client may send. */
export function unhidePassword(hidden: Uint8Array, requestAuthenticator: Uint8Array, secret: SharedSecret): Buffer | undefined {
  if (hidden.length === 0 || hidden.length % 16 !== 0 || hidden.length > PASSWORD_OCTETS_MAX) return undefined
  const clear = Buffer.from(hidden)
  for (let at = 0; at < clear.length; at += 16)
    xorWithPad(clear, at, at === 0 ? requestAuthenticator : hidden.subarray(at - 16, at), secret)
  let end = clear.length
  while (end > 0 && clear[end - 1] === 0) end--
  return clear.subarray(0, end)
}

/** One block of the chain: b(i) = MD5(secret + c(i-1)), with c(0) the Request Authenticator. */
function xorWithPad(octets: Buffer, at: number, previous: Uint8Array, secret: SharedSecret): void {
  scratch.set(secret.octets)
  scratch.set(previous, secret.octets.length)
  md5Into(scratch, secret.octets.length + 16, digest, 0)
  for (let i = 0; i < 16; i++) octets[at + i] = octets[at + i]! ^ digest[i]!
}
