import './noc.css'
import { useState } from 'preact/hooks'
import { octets } from '../../platform/ui/format.ts'
import { language } from '../../platform/ui/language.ts'
import { usePageTitle } from '../../platform/ui/page-title.ts'
import { changed, useQuery } from '../../platform/ui/query.ts'
import { useResource } from '../../platform/ui/resource.ts'
import { Age, Moment } from '../../platform/ui/time.tsx'
import { Loaded } from '../../platform/ui/view.tsx'
import { mayBe } from '../../platform/ui/me.ts'
import { post } from '../../platform/ui/request.ts'
import type { QuarantineRow } from '../api.ts'
import type { ReplayAnswer } from '../road/api.ts'
import { reasonOf } from './quarantine-reason.ts'
import { t } from './noc-words.ts'

/** The newest are enough to see what is wrong; the box's page has the count. */
const ROWS_MAX = 200

export function QuarantinePage() {
  usePageTitle(t('quarantine.title'))
  const { query, href } = useQuery()
  const node = query['node'] ?? ''
  const rows = useResource<QuarantineRow[]>(`/api/noc/quarantine${changed({}, { node, limit: String(ROWS_MAX) })}`)
  return (
    <div class="stack">
      <div class="page-head">
        <div>
          <h1>{t('quarantine.title')}</h1>
          <p class="lead">{t('quarantine.lead')}</p>
        </div>
      </div>
      {node !== '' && (
        <p class="row">
          <strong>{t('quarantine.of', { node })}</strong> <a href={href({ node: '' })}>{t('quarantine.all')}</a>
        </p>
      )}
      <Loaded of={rows}>
        {(list) =>
          list.length === 0 ? (
            <div class="empty">
              <strong>{t('quarantine.none-title')}</strong>
              {t('quarantine.none')}
            </div>
          ) : (
            <Replayable list={list} href={href} reload={rows.reload} />
          )
        }
      </Loaded>
    </div>
  )
}

type Props = { list: readonly QuarantineRow[]; href: (changes: Record<string, string>) => string }

/** Oldest first: a box's records are taken in their order. */
function Replayable({ list, href, reload }: Props & { reload: () => void }) {
  const [busy, setBusy] = useState(false)
  const [said, setSaid] = useState<{ good: boolean; words: string } | null>(null)
  const ids = list.filter((row) => row.replayable).map((row) => row.id)
  const replay = async (wanted: readonly number[]) => {
    setBusy(true)
    const answer = await post<ReplayAnswer>('/api/noc/quarantine/replay', { ids: wanted.toSorted((a, b) => a - b) })
    setBusy(false)
    setSaid(answer.ok ? outcomeOf(answer.value) : { good: false, words: t('quarantine.failed') })
    reload()
  }
  const mayRepair = mayBe('admin', 'noc')
  return (
    <>
      {mayRepair && ids.length > 0 && (
        <p>
          <button type="button" class="button" disabled={busy} onClick={() => void replay(ids)}>
            {busy ? t('quarantine.trying') : t('quarantine.try-all', { n: ids.length })}
          </button>
          <br />
          <span class="small muted">{t('quarantine.try-note')}</span>
        </p>
      )}
      <p role="status" class={said === null ? '' : said.good ? 'notice good' : 'notice warn'}>
        {said?.words}
      </p>
      <div class="scroll-x" tabIndex={0} role="region" aria-label={t('quarantine.title')}>
        <QuarantineTable list={list} href={href} {...(mayRepair && { replay: (id: number) => void replay([id]) })} busy={busy} />
      </div>
    </>
  )
}

function outcomeOf({ results }: ReplayAnswer): { good: boolean; words: string } {
  const count = (...of: string[]) => results.filter(({ outcome }) => of.includes(outcome)).length
  const refused = count('refused')
  return { good: refused === 0, words: t('quarantine.result', { taken: count('taken'), known: count('known', 'gone'), refused }) }
}

function QuarantineTable({ list, href, replay, busy }: Props & { replay?: (id: number) => void; busy: boolean }) {
  return (
    <table class="quarantine-table">
      <thead>
        <tr>
          <th scope="col">{t('quarantine.at')}</th>
          <th scope="col">{t('quarantine.node')}</th>
          <th scope="col">{t('quarantine.reason')}</th>
          <th scope="col">{t('quarantine.topic')}</th>
          <th scope="col" class="number">
            {t('quarantine.bytes')}
          </th>
          <th scope="col">{t('quarantine.excerpt')}</th>
        </tr>
      </thead>
      <tbody>
        {list.map((row) => (
          <tr key={row.id}>
            <td>
              <Moment at={row.receivedAt} />
            </td>
            <td>
              {row.node === null ? <span class="muted">{t('quarantine.unknown')}</span> : <a href={href({ node: row.node })}>{row.node}</a>}
            </td>
            <td>
              <Why row={row} />
              {replay && row.replayable && (
                <p>
                  <button type="button" class="button small" disabled={busy} onClick={() => replay(row.id)}>
                    {t('quarantine.try')}
                    <span class="unseen"> {row.id}</span>
                  </button>
                </p>
              )}
            </td>
            <td>
              <code>{row.topic}</code>
            </td>
            <td class="number">{octets(row.bytes, language.value)}</td>
            <td class="excerpt">
              <code>{row.excerpt}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Why({ row }: { row: QuarantineRow }) {
  const { code, what } = reasonOf(row.reason)
  return (
    <>
      <strong>{t(`why.${code}`, { what })}</strong>
      <br />
      <code class="small muted">{row.reason}</code>
      {row.triedAt !== null && (
        <span class="small tone-warn">
          {' '}
          · {t('quarantine.tried')} <Age at={row.triedAt} />
        </span>
      )}
      {!row.replayable && <span class="small muted"> · {t('quarantine.not-kept')}</span>}
    </>
  )
}
