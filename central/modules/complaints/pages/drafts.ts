/** What someone was writing, kept while they look elsewhere in the app, sign in again, or meet a stale case. */
const drafts = new Map<string, Record<string, string>>()
/** More open drafts than this means someone is not finishing them; the oldest goes. */
const DRAFTS_MAX = 20

const key = (caseId: number, action: string) => `${caseId}/${action}`

export const draftOf = (caseId: number, action: string): Record<string, string> => drafts.get(key(caseId, action)) ?? {}

export function keepDraft(caseId: number, action: string, fields: Record<string, string>): void {
  drafts.delete(key(caseId, action))
  drafts.set(key(caseId, action), fields)
  const oldest = drafts.keys().next().value
  if (drafts.size > DRAFTS_MAX && oldest !== undefined) drafts.delete(oldest)
}
export const dropDraft = (caseId: number, action: string): void => void drafts.delete(key(caseId, action))
