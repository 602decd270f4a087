/** Voucher codes: made here, shown once, kept as hashes (edge/wire/policy.ts says of what). */
import { createHash, randomInt } from 'node:crypto'
import { TICKET_ALPHABET } from '#edge/wire/complaint.ts'
import type { MakeVouchers, PolicyDocument, VoucherBatch } from './api.ts'
import { batchOf } from './document.ts'

/** 32^8: a box answers a few tries a minute, so a guess needs longer than a voucher lasts. */
const CODE_LETTERS = 8
const NAME_LETTERS = 24
const BATCH_LETTERS = 4

const letters = (count: number) => Array.from({ length: count }, () => TICKET_ALPHABET[randomInt(TICKET_ALPHABET.length)]!).join('')

type Voucher = PolicyDocument['vouchers'][number]
export type Made = { batch: string; vouchers: Voucher[]; codes: string[] }

/** `codes` as people read them, `ABCD-2345`, in the order of `vouchers`. */
export function makeVouchers(order: MakeVouchers): Made {
  const name = order.name
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, NAME_LETTERS)
  const batch = `${name || 'voucher'}-${letters(BATCH_LETTERS)}`
  const { group, until, devices, where } = order
  const made = new Set<string>()
  while (made.size < order.count) made.add(letters(CODE_LETTERS))
  const codes = [...made]
  return {
    batch,
    vouchers: codes.map((code, i) => {
      const id = `${batch}-${String(i + 1).padStart(3, '0')}`
      return { id, hash: voucherHash(id, code), group, until, devices, where }
    }),
    codes: codes.map((code) => `${code.slice(0, 4)}-${code.slice(4)}`),
  }
}

export const voucherHash = (id: string, code: string): string => createHash('sha256').update(`${id}.${code}`).digest('base64url')

export function batchesOf(vouchers: readonly Voucher[]): VoucherBatch[] {
  const batches = new Map<string, VoucherBatch>()
  for (const { id, group, until, devices, where } of vouchers) {
    const batch = batches.get(batchOf(id))
    if (batch) batch.codes += 1
    else batches.set(batchOf(id), { batch: batchOf(id), codes: 1, group, until, devices, where })
  }
  return [...batches.values()]
}
