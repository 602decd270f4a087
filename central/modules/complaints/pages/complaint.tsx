/** One complaint: what the citizen wrote, where, how the hotspot was, who did what, and what this person may do now. */
import './complaints.css'
import { useCallback, useRef, useState } from 'preact/hooks'
import { useRoute } from 'preact-iso/router'
import type { LiveMessage } from '../../../platform/ui/live.ts'
import { usePageTitle } from '../../../platform/ui/page-title.ts'
import { type Resource, useResource } from '../../../platform/ui/resource.ts'
import { Moment } from '../../../platform/ui/time.tsx'
import { ui } from '../../../platform/ui/ui-words.ts'
import { Loaded } from '../../../platform/ui/view.tsx'
import type { ComplaintPage } from '../api.ts'
import { ActDialog } from './act-dialog.tsx'
import { ACTIONS, type ActionName, send } from './act.ts'
import { CHAIN } from './case-query.ts'
import { CaseSide } from './case-side.tsx'
import { Due, DueDate } from './due-mark.tsx'
import { changesSince } from './stale.ts'
import { photoAddress } from './photo.ts'
import { StaleNotice } from './stale-notice.tsx'
import { snapshot } from './telemetry.ts'
import { t } from './complaints-words.ts'

export function ComplaintScreen() {
  const caseId = Number(useRoute().params['caseId'])
  const mine = useCallback(
    ({ type, data }: LiveMessage) => type === 'case' && (data as { caseId?: unknown } | null)?.caseId === caseId,
    [caseId],
  )
  const page = useResource<ComplaintPage>(Number.isSafeInteger(caseId) ? `/api/complaints/${caseId}` : '/api/complaints/0', mine)
  usePageTitle(page.value ? `${page.value.row.number} · ${t('queue.title')}` : t('queue.title'))
  return (
    <>
      <p class="case-back">
        <a href="/aduan">← {t('case.back')}</a>
      </p>
      <Loaded of={page}>{(value) => <Complaint key={value.row.caseId} value={value} page={page} />}</Loaded>
    </>
  )
}

function Complaint({ value, page }: { value: ComplaintPage; page: Resource<ComplaintPage> }) {
  const { row } = value
  return (
    <article class="case-page">
      <header class="case-head">
        <h1>
          {ui.code('category.', row.category)}, {row.area}
        </h1>
        <p class="row">
          <strong class="tabular">{row.number}</strong>
          {row.state !== 'selesai' && row.state !== 'diarsip' && <Due row={row} />}
          <DueDate row={row} />
          {snapshot(value.telemetry)?.simulated && <span class="stamp">{ui('simulation')}</span>}
        </p>
        <Chain state={row.state} />
      </header>
      <div class="stack">
        <p class="citizen" lang={value.language}>
          {value.text}
        </p>
        <p class="muted">
          {t('case.received')} <Moment at={row.receivedAt} />
        </p>
        <Actions value={value} page={page} />
        <Answers value={value} />
        <Instructions value={value} />
        <History value={value} />
      </div>
      <CaseSide value={value} />
    </article>
  )
}

function Chain({ state }: { state: ComplaintPage['row']['state'] }) {
  if (state === 'diarsip') return <p class="notice">{ui('case.diarsip')}</p>
  const here = CHAIN.indexOf(state)
  return (
    <ol class="chain" aria-label={t('case.chain')}>
      {CHAIN.map((step, index) => (
        <li key={step} class={index < here ? 'done' : index === here ? 'here' : ''} aria-current={index === here ? 'step' : undefined}>
          <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="2.2" aria-hidden="true">
            <circle cx="10" cy="10" r="8" fill={index === here ? 'currentColor' : 'none'} />
            {index < here && <path d="M6 10.4L9 13.2L14 7.4" />}
          </svg>
          <span class="name">{ui(`case.${step}`)}</span>
        </li>
      ))}
    </ol>
  )
}

/** Actions that end a conversation stand back; the rest may be the obvious next step. */
const QUIET: readonly ActionName[] = ['arsipkan', 'kembalikan', 'selesaikan']

function Actions({ value, page }: { value: ComplaintPage; page: Resource<ComplaintPage> }) {
  const [open, setOpen] = useState<ActionName | null>(null)
  const [said, setSaid] = useState({ words: '', version: 0 })
  const [seen, setSeen] = useState<ComplaintPage | null>(null)
  const working = useRef(false)
  const offered = ACTIONS.filter((action) => value.actions.includes(action))
  const main = offered.find((action) => !QUIET.includes(action))

  const done = (action: ActionName, present: ComplaintPage) => {
    setOpen(null)
    setSeen(null)
    setSaid({ words: t(`act.done-${action}`), version: present.row.version })
    page.set(present)
  }
  const accept = async () => {
    if (working.current) return
    working.current = true
    const result = await send(value.row.caseId, { action: 'terima', version: value.row.version })
    working.current = false
    if (result.kind === 'done') done('terima', result.page)
    else if (result.kind === 'stale') {
      setSeen(value)
      page.set(result.now)
    } else setSaid({ words: result.words, version: value.row.version })
  }
  return (
    <>
      <section class={offered.length > 0 ? 'sheet case-actions no-print' : 'sheet no-print'} aria-label={t('case.actions')}>
        <h2>{t('case.actions')}</h2>
        {offered.length === 0 ? (
          <p class="muted">{t('case.none')}</p>
        ) : (
          <div class="actions">
            {offered.map((action) => (
              <button
                key={action}
                type="button"
                class={action === main ? 'button big main' : 'button big'}
                onClick={() => (action === 'terima' ? void accept() : setOpen(action))}
              >
                {t(`act.${action}`)}
              </button>
            ))}
          </div>
        )}
        <p class="small" role="status">
          {/* When the case has moved on, so has this. */}
          {said.version === value.row.version && said.words}
        </p>
      </section>
      {seen && open === null && (
        <StaleNotice changes={changesSince(seen, value)} state={value.row.state} possible={value.actions.includes('terima')} />
      )}
      {open && (
        <ActDialog action={open} value={value} onDone={(present) => done(open, present)} onStale={page.set} onClose={() => setOpen(null)} />
      )}
    </>
  )
}

function Answers({ value }: { value: ComplaintPage }) {
  if (value.answers.length === 0) return null
  return (
    <section class="sheet">
      <h2>{t('case.answers')}</h2>
      {value.answers.map((answer) => {
        const photo = photoAddress(answer.photo)
        return (
          <div class="slip" key={`${answer.at}`}>
            <p>{answer.text}</p>
            {photo !== null && <img class="answer-photo" src={photo} alt={t('case.photo')} loading="lazy" />}
            <span class="small muted">
              {answer.by}, <Moment at={answer.at} />
            </span>
          </div>
        )
      })}
    </section>
  )
}

function Instructions({ value }: { value: ComplaintPage }) {
  if (value.instructions.length === 0) return null
  return (
    <section class="sheet">
      <h2>{t('case.instructions')}</h2>
      {value.instructions.map((instruction) => (
        <div class="slip" key={instruction.id}>
          <p>{instruction.text}</p>
          <span class="small muted">
            {t('case.instruction-to', { from: instruction.from, to: instruction.to })} · {t('case.instruction-due')}{' '}
            <Moment at={instruction.dueAt} />
            {instruction.doneAt !== null && (
              <>
                {' '}
                · <strong class="tone-up">{t('case.instruction-done')}</strong> <Moment at={instruction.doneAt} />
              </>
            )}
          </span>
        </div>
      ))}
    </section>
  )
}

function History({ value }: { value: ComplaintPage }) {
  return (
    <section class="sheet">
      <h2>{t('case.history')}</h2>
      <ol class="history">
        {value.history.map((entry) => (
          <li key={entry.auditNumber}>
            <span>{entry.summary}</span>
            <span class="small muted">
              {/* What arrived by itself has no actor. */}
              {entry.actor !== '' && (
                <>
                  <strong>{entry.actor}</strong> {entry.position} ·{' '}
                </>
              )}
              <Moment at={entry.at} /> · {t('case.audit', { n: entry.auditNumber })}
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}
