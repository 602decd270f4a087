/** Whatever central says downward is believed only with central's signature over exactly this box's topic. */
import type { KeyObject } from 'node:crypto'
import { decodePacket, type Decoded } from '../wire/envelope.ts'
import { openSigned, type Signed } from '../wire/signed.ts'

/** `signed`: what was opened, for whoever must be able to check it again later. */
export type FromCentral = { signed: Signed; body: unknown }

export function openFromCentral(topic: string, payload: Uint8Array, centralKey: KeyObject): Decoded<FromCentral> {
  const packet = decodePacket(payload)
  if (!packet.ok) return packet
  const opened = openSigned(topic, packet.value, centralKey)
  return opened.ok ? { ok: true, value: { signed: packet.value as Signed, body: opened.value } } : opened
}
