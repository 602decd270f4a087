/** What will change, in words, before it does; then what is wrong with it, or what somebody else did meanwhile. */
import { useState } from 'preact/hooks'
import { Dialog } from '../../platform/ui/dialog.tsx'
import { put } from '../../platform/ui/request.ts'
import { failureWords } from '../../platform/ui/view.tsx'
import type { PolicyDraft, PolicyView, Problem, StalePolicy } from '../policy/api.ts'
import type { Change, Entry, Part } from '../policy/changes.ts'
import { useFacts } from './policy-form.tsx'
import { entryOf, reach } from './policy-reach.ts'
import { countsText, groupText, momentText, scheduleText, whereText } from './policy-text.ts'
import { t } from './noc-words.ts'

export type Edit = { version: number; base: PolicyDraft; draft: PolicyDraft }

type Props = {
  edit: Edit
  changes: readonly Change[]
  onPublished: () => void
  /** Goes on from their version: with my changes on top, or without. */
  onNewer: (stale: StalePolicy, keepMine: boolean) => void
  onClose: () => void
}

export const problemText = ({ code, name, other }: Problem): string => t.code('problem.', code, { name, other: other ?? '' })

export function Review({ edit, changes, onPublished, onNewer, onClose }: Props) {
  const facts = useFacts()
  const [note, setNote] = useState('')
  const [busy, setBusy] = useState(false)
  const [problems, setProblems] = useState<string[]>([])
  const [stale, setStale] = useState<StalePolicy | null>(null)
  const first = edit.version === 0
  const concerned = first ? facts.hotspots.length : reach(changes, edit.base, edit.draft, facts.hotspots)
  const publish = async (event: SubmitEvent) => {
    event.preventDefault()
    if (busy) return
    setBusy(true)
    const answer = await put<{ version: number }>('/api/noc/policy', { version: edit.version, note: note.trim(), document: edit.draft })
    setBusy(false)
    if (answer.ok) return onPublished()
    setProblems([])
    if (answer.code === 'stale') return setStale(answer.body as StalePolicy)
    if (answer.code === 'invalid-policy') return setProblems((answer.body as { problems: Problem[] }).problems.map(problemText))
    setProblems([answer.status === 400 ? (answer.why ?? answer.code) : failureWords(answer.code, answer.status)])
  }
  return (
    <Dialog title={t('review.title')} onClose={onClose} class="sheet-up wide-dialog">
      <form class="stack" onSubmit={(event) => void publish(event)}>
        <p class="review-reach">
          {concerned === 0
            ? t('review.none')
            : t(concerned === facts.hotspots.length ? 'review.reach-all' : 'review.reach', { n: concerned })}
        </p>
        {first && <p class="muted">{t('policy.never')}</p>}
        <ul class="changes">
          {changes.map((change) => (
            <li key={`${change.part} ${change.what} ${change.key}`}>
              <ChangeLine change={change} edit={edit} facts={facts} />
            </li>
          ))}
        </ul>
        {changes.some((change) => closes(change, edit.draft)) && <p class="notice warn">{t('review.closing')}</p>}
        {problems.length > 0 && (
          <div class="notice bad" role="alert">
            <strong>{t('problems.title')}</strong>
            <ul class="problems">
              {problems.map((problem) => (
                <li key={problem}>{problem}</li>
              ))}
            </ul>
          </div>
        )}
        {stale ? (
          <div class="notice warn stack" role="alert">
            <strong>{t('stale.title')}</strong>
            <p>
              {t('stale.who', {
                author: stale.author ?? t('stale.somebody'),
                changes: stale.counts === null ? t('stale.unknown') : countsText(stale.counts),
              })}
            </p>
            <div class="row">
              <button type="button" class="button main" onClick={() => (setStale(null), onNewer(stale, true))}>
                {t('stale.on-top')}
              </button>
              <button type="button" class="button danger" onClick={() => onNewer(stale, false)}>
                {t('stale.theirs')}
              </button>
            </div>
          </div>
        ) : (
          <>
            <div class="field">
              <label for="review-note">{t('review.note')}</label>
              <input
                id="review-note"
                class="input"
                maxLength={200}
                autoComplete="off"
                value={note}
                onInput={(event) => setNote(event.currentTarget.value)}
              />
            </div>
            <button type="submit" class="button main big" disabled={busy}>
              {t('review.publish')}
            </button>
          </>
        )}
      </form>
    </Dialog>
  )
}

function closes({ part, what, key }: Change, draft: PolicyDraft): boolean {
  const schedule = part === 'schedules' && what !== 'removed' ? entryOf(draft, 'schedules', key) : undefined
  return schedule !== undefined && 'close' in schedule.effect
}

function ChangeLine({ change, edit, facts }: { change: Change; edit: Edit; facts: PolicyView }) {
  const { part, what, key } = change
  const words = `${t(`what.${what}`)} · ${t(`part.${part}`)}`
  if (part === 'publicGroup' || part === 'vouchers')
    return (
      <>
        <strong>{words}</strong> {key}
      </>
    )
  const before = entryOf(edit.base, part, key)
  const after = entryOf(edit.draft, part, key)
  return (
    <>
      <strong>{words}</strong> {titleOf(part, (after ?? before)!)}
      <br />
      <span>{sentence((after ?? before)!, facts)}</span>
      {what === 'changed' && (
        <span class="muted was">
          {t('review.was')}: {sentence(before!, facts)}
        </span>
      )}
    </>
  )
}

function titleOf(part: Part, entry: Entry<Part>): string {
  if (typeof entry === 'string') return entry
  if ('name' in entry) return entry.name
  if ('id' in entry) return entry.id
  return entry.mac ?? ('device' in entry ? (entry.device ?? '').slice(0, 12) : part)
}

function sentence(entry: Entry<Part>, facts: PolicyView): string {
  if (typeof entry === 'string') return ''
  if ('sessionSeconds' in entry) return groupText(entry)
  if ('days' in entry) return `${scheduleText(entry)}; ${whereText(entry.where, facts)}`
  const group = 'group' in entry ? `${entry.group}, ` : ''
  return `${group}${whereText(entry.where, facts)}, ${t('policy.until')} ${momentText(entry.until)}`
}
