/** What happened between the version a person read and the one that stands now; pure. */
import type { ComplaintPage } from '../api.ts'

export type Change = { actor: string; position: string; at: number; summary: string; action: string }

/** History is the server's; entries with an audit number above the last one the reader had are news to them. */
export function changesSince(seen: ComplaintPage, present: ComplaintPage): Change[] {
  const last = Math.max(0, ...seen.history.map((entry) => entry.auditNumber))
  return present.history.filter((entry) => entry.auditNumber > last).sort((a, b) => a.auditNumber - b.auditNumber)
}
