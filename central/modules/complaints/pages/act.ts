/** Sending one action and reading the answer; what the person sees for each refusal. */
import { post } from '../../../platform/ui/request.ts'
import { failureWords } from '../../../platform/ui/view.tsx'
import type { ComplaintAct, ComplaintPage } from '../api.ts'
import { t } from './complaints-words.ts'

/** In the order of the buttons: the way forward first. */
export const ACTIONS = [
  'instruksikan',
  'teruskan',
  'jawab',
  'terima',
  'selesaikan',
  'kembalikan',
  'arsipkan',
] as const satisfies readonly ComplaintAct['action'][]
export type ActionName = (typeof ACTIONS)[number]

export type Outcome = { kind: 'done'; page: ComplaintPage } | { kind: 'stale'; now: ComplaintPage } | { kind: 'refused'; words: string }

export async function send(caseId: number, act: ComplaintAct): Promise<Outcome> {
  const answer = await post<ComplaintPage>(`/api/complaints/${caseId}/act`, act)
  if (answer.ok) return { kind: 'done', page: answer.value }
  const now = (answer.body as { now?: ComplaintPage } | null)?.now
  if (answer.status === 409 && now) return { kind: 'stale', now }
  if (answer.why !== undefined) return { kind: 'refused', words: t('problem.why', { why: answer.why }) }
  if (answer.code === 'not-allowed' || answer.code === 'not-now') return { kind: 'refused', words: t(`problem.${answer.code}`) }
  return { kind: 'refused', words: failureWords(answer.code, answer.status) }
}
