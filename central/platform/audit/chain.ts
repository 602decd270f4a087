/**
 * The chain itself, pure: each entry's hash covers the one before it, so nothing can be altered, removed or put in
 * between without every later hash failing. Entries hold ids and hashes only; erasing a person leaves the chain whole.
 */
import { createHash } from 'node:crypto'

export const GENESIS = '0'.repeat(64)

export type AuditEntry = {
  number: number
  at: number
  userId: number | null
  positionId: number | null
  heldAs: string | null
  subject: string
  caseId: number | null
  action: string
  payloadHash: string
}

/** JSON with sorted keys and no space (RFC 8785 for the values we write: no lone surrogates, no big integers). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`)
  return `{${members.join(',')}}`
}

export function entryHash(prev: string, entry: AuditEntry): string {
  const { number, at, userId, positionId, heldAs, subject, caseId, action, payloadHash } = entry
  const fields = { number, at, userId, positionId, heldAs, subject, caseId, action, payloadHash }
  return createHash('sha256').update(prev).update(canonicalJson(fields)).digest('hex')
}

/** Salted, so that an erased name or number cannot be found again by trying all of them. */
export function payloadHash(salt: string, payloadJson: string): string {
  return createHash('sha256').update(salt).update(payloadJson).digest('hex')
}
