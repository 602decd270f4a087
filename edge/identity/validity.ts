/** When a certificate is good, by a clock that may be wrong. Pure. */
import type { X509Certificate } from 'node:crypto'

/** Undefined while it is good. */
export function isOver({ validFrom, validTo }: X509Certificate, now: number): 'early' | 'over' | undefined {
  if (now < Date.parse(validFrom)) return 'early'
  return now > Date.parse(validTo) ? 'over' : undefined
}

/** To the day: a line in a log must not be another one every second. */
export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)
