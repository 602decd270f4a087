/** What central keeps of a password for RADIUS, in the form boxes check (edge/wire/radius-accounts.ts), and passwords it makes itself. */
import { randomInt } from 'node:crypto'
import { ntPasswordHash } from '#edge/radius/mschap/response.ts'
import { makePasswordHash } from '#edge/radius/password.ts'
import { PASSWORD_LETTERS_MAX, PASSWORD_LETTERS_MIN } from './api.ts'
import type { UserHashes } from './store.ts'

/** RFC 2865 §5.2. */
const PASSWORD_OCTETS_MAX = 128
/** Without what is mistaken for another on paper. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'
const GROUPS = 3
const GROUP_LETTERS = 4

/** 31^12, read aloud in three breaths: `k7qf-m3tx-9hwp`. */
export const madePassword = (): string =>
  Array.from({ length: GROUPS }, () => Array.from({ length: GROUP_LETTERS }, () => LETTERS[randomInt(LETTERS.length)]).join('')).join('-')

export function isUsablePassword(password: string): boolean {
  const letters = Array.from(password).length
  return (
    letters >= PASSWORD_LETTERS_MIN &&
    letters <= PASSWORD_LETTERS_MAX &&
    Buffer.byteLength(password) <= PASSWORD_OCTETS_MAX &&
    !/\p{Cc}/u.test(password)
  )
}

export const hashesOf = async (password: string, recoverable: boolean): Promise<UserHashes> => ({
  passwordHash: await makePasswordHash(password),
  ntHash: recoverable ? ntPasswordHash(Buffer.from(password)).toString('hex') : null,
})
