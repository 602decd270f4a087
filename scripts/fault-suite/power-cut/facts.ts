/** Facts that can be told apart by a number, as bodies the contract allows. */
import { TICKET_ALPHABET, type Complaint } from '#edge/wire/complaint.ts'
import type { Session } from '#edge/wire/session.ts'
import type { Usage } from '#edge/wire/usage.ts'

export const usageOf = (fact: number, octets = fact): Usage => ({
  seconds: 60,
  online: fact % 50,
  waiting: 1,
  upOctets: 0,
  downOctets: octets,
  admitted: 0,
  portalPages: 2,
})

export const sessionOf = (fact: number): Session => ({
  id: `p-${fact}`,
  source: 'portal',
  event: 'stop',
  device: '00112233aabbccdd',
  startedAt: 1_790_000_000_000,
  seconds: 60,
  upOctets: 1,
  downOctets: fact,
})

export const complaintOf = (fact: number): Complaint => ({
  code: codeOf(fact),
  category: 'lampu',
  text: `Lampu jalan nomor ${fact} padam.`,
  anonymous: true,
  language: 'id',
})

export function codeOf(fact: number): string {
  const letters = Array.from({ length: 8 }, (_, i) => TICKET_ALPHABET[Math.floor(fact / 32 ** i) % 32]).join('')
  return `${letters.slice(0, 4)}-${letters.slice(4)}`
}
