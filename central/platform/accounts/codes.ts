import { createHash, randomBytes, randomInt } from 'node:crypto'

/** Read from a terminal or a paper and typed: no 0/O, no 1/I. */
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'
/** 12 letters of 5 bits: 60 bits, beyond guessing within a day at any rate the throttle allows. */
const LETTERS = 12
const GROUP = 4

/** `K7QM-2XWD-9HPT` */
export function newCode(): string {
  const letters = Array.from({ length: LETTERS }, () => ALPHABET[randomInt(ALPHABET.length)]!).join('')
  return letters.match(new RegExp(`.{${GROUP}}`, 'g'))!.join('-')
}

/** Codes have 60 random bits, so a plain hash keeps them as safe as a slow one would. */
export const codeHash = (typed: string): string => sha256(typed.toUpperCase().replace(/[^A-Z0-9]/g, ''))

/** 256 bits. */
export const newToken = (): string => randomBytes(32).toString('base64url')
/** A random token needs no slow hash: nobody can try 2^256. */
export const tokenHash = (token: string | Buffer): string => sha256(token)
export const newSessionId = (): string => randomBytes(9).toString('base64url')

const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex')
