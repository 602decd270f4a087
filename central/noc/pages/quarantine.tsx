import './noc.css'
import { octets } from '../../platform/ui/format.ts'
import { language } from '../../platform/ui/language.ts'
import { usePageTitle } from '../../platform/ui/page-title.ts'
import { changed, useQuery } from '../../platform/ui/query.ts'
import { useResource } from '../../platform/ui/resource.ts'
import { Moment } from '../../platform/ui/time.tsx'
import { Loaded } from '../../platform/ui/view.tsx'
import type { QuarantineRow } from '../api.ts'
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
            <div class="scroll-x" tabIndex={0} role="region" aria-label={t('quarantine.title')}>
              <QuarantineTable list={list} href={href} />
            </div>
          )
        }
      </Loaded>
    </div>
  )
}

function QuarantineTable({ list, href }: { list: readonly QuarantineRow[]; href: (changes: Record<string, string>) => string }) {
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
              <strong>{row.reason}</strong>
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
