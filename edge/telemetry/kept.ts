/** Messages that central sends a box to keep: believed only with central's signature, confirmed only once stored. */
import type { KeyObject } from 'node:crypto'
import { Compile } from 'typebox/compile'
import type { Decoded } from '../wire/envelope.ts'
import { KeptMessage } from '../wire/kept-message.ts'
import { openFromCentral } from './from-central.ts'

const schema = Compile(KeptMessage)

export function openKept(topic: string, payload: Uint8Array, centralKey: KeyObject): Decoded<KeptMessage> {
  const opened = openFromCentral(topic, payload, centralKey)
  if (!opened.ok) return opened
  const { body } = opened.value
  if (schema.Check(body)) return { ok: true, value: body }
  const [first] = schema.Errors(body)
  return { ok: false, reason: `kept message${first?.instancePath ?? ''} ${first?.message ?? 'is invalid'}`.slice(0, 200) }
}

/** Receipts on their way that are remembered, so that a message central repeats meanwhile does not get a second one. */
const RECEIPTS_REMEMBERED = 1_000

/** @returns whether a receipt record is due for this message id. */
export function receiptsOnTheWay(isDelivered: (seq: number) => boolean) {
  const onTheWay = new Map<string, number>()
  return {
    isDue(id: string): boolean {
      const seq = onTheWay.get(id)
      return seq === undefined || isDelivered(seq)
    },
    add(id: string, seq: number): void {
      onTheWay.delete(id)
      onTheWay.set(id, seq)
      if (onTheWay.size <= RECEIPTS_REMEMBERED) return
      const [oldest] = onTheWay.keys()
      if (oldest !== undefined) onTheWay.delete(oldest)
    },
  }
}
