/**
 * The city's access rules: read as sentences, changed in a draft that stays in this browser, published on purpose, and then
 * followed to the last hotspot.
 */
import './noc.css'
import './policy.css'
import { useEffect, useState } from 'preact/hooks'
import type { LiveMessage } from '../../platform/ui/live.ts'
import { usePageTitle } from '../../platform/ui/page-title.ts'
import { useResource } from '../../platform/ui/resource.ts'
import { Moment } from '../../platform/ui/time.tsx'
import { Loaded } from '../../platform/ui/view.tsx'
import type { PolicyDraft, PolicyView, Rollout, StalePolicy } from '../policy/api.ts'
import { changesBetween, onTop, type Change, type Part } from '../policy/changes.ts'
import { Devices } from './policy-devices.tsx'
import { PolicyFacts } from './policy-form.tsx'
import { Garden } from './policy-garden.tsx'
import { Groups } from './policy-groups.tsx'
import { Review, type Edit } from './policy-review.tsx'
import { RolloutBar } from './policy-rollout.tsx'
import { Schedules } from './policy-schedules.tsx'
import { countsText } from './policy-text.ts'
import { Vouchers } from './policy-vouchers.tsx'
import { t } from './noc-words.ts'

const onPolicy = (message: LiveMessage) => message.type === 'policy'

export function PolicyPage() {
  usePageTitle(t('policy.title'))
  const view = useResource<PolicyView>('/api/noc/policy')
  const rollout = useResource<Rollout>('/api/noc/policy/rollout', onPolicy)
  const published = rollout.value?.version
  // Somebody else published: what is shown follows, a draft stays on what it was begun with.
  useEffect(() => {
    if (published !== undefined && view.value !== null && published > view.value.version) view.reload()
  }, [published])
  const reload = () => {
    view.reload()
    rollout.reload()
  }
  return (
    <div class="policy">
      <Loaded of={view}>
        {(value) => (
          <PolicyFacts.Provider value={value}>
            <Editor view={value} reload={reload} rollout={<Loaded of={rollout}>{(now) => <RolloutBar rollout={now} />}</Loaded>} />
          </PolicyFacts.Provider>
        )}
      </Loaded>
    </div>
  )
}

function Editor({ view, rollout, reload }: { view: PolicyView; rollout: preact.JSX.Element; reload: () => void }) {
  const [edit, setEdit] = useState<Edit | null>(null)
  const [reviewing, setReviewing] = useState(false)
  const document = edit?.draft ?? view.document
  const changes = edit ? changesBetween(edit.base, edit.draft) : []
  const change = (draft: PolicyDraft) => setEdit({ ...(edit ?? { version: view.version, base: view.document }), draft })
  const flags = new Map(
    changes.map(({ part, what, key }) => [`${part} ${key}`, what === 'added' ? ('new' as const) : ('changed' as const)]),
  )
  const changed = (part: Part) => (key: string) => flags.get(`${part} ${key}`) ?? null
  const toPublish = changes.length > 0 || view.version === 0
  useLeaveGuard(changes.length > 0)
  // Vouchers and blocks are published beside the draft: where they left alone what is edited here, the draft goes on from them.
  useEffect(() => {
    if (edit && edit.version < view.version && changesBetween(edit.base, view.document).length === 0)
      setEdit({ ...edit, version: view.version, base: view.document })
  }, [view.version])
  const newer = (stale: StalePolicy, keepMine: boolean) => {
    setReviewing(keepMine)
    setEdit(keepMine && edit ? { version: stale.version, base: stale.document, draft: onTop(edit.base, edit.draft, stale.document) } : null)
    reload()
  }
  const done = () => {
    setReviewing(false)
    setEdit(null)
    reload()
  }
  return (
    <>
      <div class="policy-head">
        <div>
          <h1>{t('policy.title')}</h1>
          <p class="lead">{t('policy.lead')}</p>
          <Published view={view} />
        </div>
        {rollout}
      </div>
      <Groups document={document} changed={changed('groups')} onChange={change} />
      <Schedules document={document} changed={changed('schedules')} onChange={change} />
      <Devices document={document} changed={(part, key) => changed(part)(key)} onChange={change} />
      <Garden document={document} changed={changed('garden')} onChange={change} />
      <Vouchers view={view} onPublished={reload} />
      <History view={view} />
      {toPublish && <PublishBar changes={changes} onReview={() => setReviewing(true)} onDiscard={() => setEdit(null)} />}
      {reviewing && toPublish && (
        <Review
          edit={edit ?? { version: view.version, base: view.document, draft: view.document }}
          changes={changes}
          onPublished={done}
          onNewer={newer}
          onClose={() => setReviewing(false)}
        />
      )}
    </>
  )
}

/** A closed tab would lose the draft without a word. */
function useLeaveGuard(dirty: boolean): void {
  useEffect(() => {
    if (!dirty) return undefined
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [dirty])
}

function Published({ view }: { view: PolicyView }) {
  const [latest] = view.history
  if (view.version === 0 || !latest) return <p class="notice never">{t('policy.never')}</p>
  return (
    <p class="muted">
      {t('policy.published')} <Moment at={latest.version} /> {latest.author !== null && t('policy.by', { author: latest.author })}
      {latest.note !== '' && <> · “{latest.note}”</>}
    </p>
  )
}

function PublishBar({ changes, onReview, onDiscard }: { changes: readonly Change[]; onReview: () => void; onDiscard: () => void }) {
  return (
    <div class="publish-bar no-print" role="region" aria-label={t('draft.review')}>
      <p role="status">{changes.length > 0 ? t('draft.changes', { n: changes.length }) : t('draft.first')}</p>
      <div class="row">
        {changes.length > 0 && (
          <button type="button" class="button" onClick={onDiscard}>
            {t('draft.discard')}
          </button>
        )}
        <button type="button" class="button main" onClick={onReview}>
          {t('draft.review')}
        </button>
      </div>
    </div>
  )
}

function History({ view: { history } }: { view: PolicyView }) {
  return (
    <section class="policy-part" aria-labelledby="history-title">
      <h2 id="history-title" class="part-title">
        {t('history.title')}
      </h2>
      {history.length === 0 ? (
        <p class="muted small">{t('history.none')}</p>
      ) : (
        <ol class="versions">
          {history.map(({ version, author, note, counts }) => (
            <li key={version}>
              <Moment at={version} />
              <span>
                {countsText(counts)}
                {note !== '' && <> · “{note}”</>}
                {author !== null && <span class="muted"> {t('policy.by', { author })}</span>}
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
