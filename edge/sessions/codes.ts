/** Codes that visitors type: the resume code of a session, and vouchers. */
import { createHash, randomInt, timingSafeEqual } from 'node:crypto'
import { TICKET_ALPHABET } from '../wire/complaint.ts'
import type { Voucher } from '../wire/policy.ts'

const RESUME_LETTERS = 8
/** Longer than any voucher a person would type; keeps hashing cheap. */
const LETTERS_MAX = 32

/** 40 random bits: at the tries a box allows in a minute a guess takes ten thousand years. */
export function newResumeCode(): string {
  let letters = ''
  for (let i = 0; i < RESUME_LETTERS; i++) letters += TICKET_ALPHABET[randomInt(TICKET_ALPHABET.length)]
  return letters
}

/** `ABCD2345` as people read it: `ABCD-2345`. */
export const shownCode = (code: string): string => `${code.slice(0, 4)}-${code.slice(4)}`

/** What people type: small letters, spaces, any dash or none. Undefined when it cannot be a code. */
export function readCode(typed: string): string | undefined {
  const letters = typed
    .slice(0, 2 * LETTERS_MAX)
    .toUpperCase()
    .replace(/[\s\p{Dash_Punctuation}._]/gu, '')
  return /^[A-Z0-9]+$/.test(letters) && letters.length <= LETTERS_MAX ? letters : undefined
}

/** Every voucher is compared, so that the time it takes says nothing about how near a guess came. */
export function findVoucher(vouchers: Iterable<Voucher>, code: string): Voucher | undefined {
  let found: Voucher | undefined
  for (const voucher of vouchers) {
    const hash = createHash('sha256').update(`${voucher.id}.${code}`).digest('base64url')
    if (sameText(hash, voucher.hash)) found = voucher
  }
  return found
}

export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
