import { randomInt } from 'node:crypto'
import { TICKET_ALPHABET, TICKET_CODE_PATTERN } from '../wire/complaint.ts'

const ticketCode = new RegExp(TICKET_CODE_PATTERN)

/** 40 random bits: no guess within a lifetime at ten tries a minute, still short enough for a phone call. */
export function newTicketCode(): string {
  let letters = ''
  for (let i = 0; i < 8; i++) letters += TICKET_ALPHABET[randomInt(TICKET_ALPHABET.length)]
  return `${letters.slice(0, 4)}-${letters.slice(4)}`
}

/** What people type: small letters, spaces, any dash or none. Undefined when it cannot be a code. */
export function readTicketCode(typed: string): string | undefined {
  const letters = typed.toUpperCase().replace(/[\s\p{Dash_Punctuation}._]/gu, '')
  const code = `${letters.slice(0, 4)}-${letters.slice(4)}`
  return ticketCode.test(code) ? code : undefined
}
