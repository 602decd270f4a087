/** What central says downward is signed (Ed25519, RFC 8032): a broker, or whoever holds it, cannot speak for the city. */
import { sign, verify, type KeyObject } from 'node:crypto'
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Decoded } from './envelope.ts'

/** The largest access policy there can be is about 1.5 million letters (policy.ts), half of it notes; its packet is compressed. */
const SIGNED_LETTERS_MAX = 1_500_000

export const Signed = Type.Object(
  {
    v: Type.Literal(1),
    /** The exact JSON text that was signed. */
    body: Type.String({ maxLength: SIGNED_LETTERS_MAX }),
    /** Base64 of 64 bytes. */
    signature: Type.String({ minLength: 88, maxLength: 88 }),
  },
  { additionalProperties: false },
)
export type Signed = Static<typeof Signed>

const signedSchema = Compile(Signed)
/** The topic is signed too, so that a message for one box cannot be replayed to another. */
const signedBytes = (topic: string, body: string) => Buffer.from(`${topic}\n${body}`)

export function signFor(topic: string, value: unknown, privateKey: KeyObject): Signed {
  const body = JSON.stringify(value)
  return { v: 1, body, signature: sign(null, signedBytes(topic, body), privateKey).toString('base64') }
}

export function openSigned(topic: string, packet: unknown, publicKey: KeyObject): Decoded<unknown> {
  if (!signedSchema.Check(packet)) return { ok: false, reason: 'not a signed message' }
  if (!verify(null, signedBytes(topic, packet.body), publicKey, Buffer.from(packet.signature, 'base64'))) {
    return { ok: false, reason: 'the signature is not central’s' }
  }
  try {
    return { ok: true, value: JSON.parse(packet.body) }
  } catch {
    return { ok: false, reason: 'the signed body is not JSON' }
  }
}
