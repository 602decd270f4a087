/** What the four RADIUS pages share: the way between them, the hotspot they are narrowed to, and the next page. */
import './noc.css'
import './policy.css'
import './radius.css'
import type { ComponentChildren } from 'preact'
import { useLocation } from 'preact-iso/router'
import { usePageTitle } from '../../platform/ui/page-title.ts'
import { useQuery } from '../../platform/ui/query.ts'
import type { Resource } from '../../platform/ui/resource.ts'
import { Age } from '../../platform/ui/time.tsx'
import { Loaded } from '../../platform/ui/view.tsx'
import { t } from './noc-words.ts'

const PAGES = [
  { path: '/noc/radius', key: 'users' },
  { path: '/noc/radius/sesi', key: 'sessions' },
  { path: '/noc/radius/ditolak', key: 'refused' },
  { path: '/noc/radius/titik-akses', key: 'points' },
] as const
export type RadiusPageKey = (typeof PAGES)[number]['key']

export function RadiusHead({ page }: { page: RadiusPageKey }) {
  usePageTitle(t(`radius-title.${page}`))
  const { path } = useLocation()
  return (
    <>
      <div class="page-head">
        <div>
          <h1>{t(`radius-title.${page}`)}</h1>
          <p class="lead">{t(`radius-lead.${page}`)}</p>
        </div>
      </div>
      <nav class="radius-tabs" aria-label="RADIUS">
        {PAGES.map((each) => (
          <a key={each.key} class="chip" href={each.path} aria-current={path === each.path ? 'page' : undefined}>
            {t(`radius-tab.${each.key}`)}
          </a>
        ))}
      </nav>
    </>
  )
}

/** "At hotspot …", with the way back to all. */
function AtHotspot({ name }: { name: string | undefined }) {
  const { query, href } = useQuery()
  const node = query['node']
  if (!node) return null
  return (
    <p class="row small">
      <strong>{t('radius.at-hotspot', { name: name ?? node })}</strong> <a href={`/noc/h/${node}`}>{t('radius.open-hotspot')}</a>{' '}
      <a href={href({ node: '', before: '' })}>{t('radius.all-hotspots')}</a>
    </p>
  )
}

type Listed<Row> = { at: number; rows: Row[]; next: number | null }

/** A page of a list: how old it is, its rows or what it means that there are none, and the way to older ones. */
export function RadiusList<Row extends { name: string }>({
  of,
  none,
  children,
}: {
  of: Resource<Listed<Row>>
  none: { title: string; text: string }
  children: (rows: readonly Row[]) => ComponentChildren
}) {
  return (
    <Loaded of={of}>
      {({ at, rows, next }) => (
        <>
          <AtHotspot name={rows[0]?.name} />
          <p class="small muted" role="status">
            {t('radius.as-of')} <Age at={at} />
          </p>
          {rows.length > 0 ? (
            children(rows)
          ) : (
            <div class="empty">
              <strong>{none.title}</strong>
              {none.text}
            </div>
          )}
          <Older next={next} />
        </>
      )}
    </Loaded>
  )
}

/** The row's hotspot, with the way to that hotspot's rows alone. */
export function HotspotCell({ node, name }: { node: string; name: string }) {
  const { href } = useQuery()
  return (
    <td>
      <a href={`/noc/h/${node}`}>{name}</a>{' '}
      <a class="small" href={href({ node, before: '' })} aria-label={t('radius.only-label', { name })}>
        {t('radius.only')}
      </a>
    </td>
  )
}

function Older({ next }: { next: number | null }) {
  const { query, href } = useQuery()
  if (next === null && !query['before']) return null
  return (
    <p class="row">
      {query['before'] && <a href={href({ before: '' })}>{t('radius.newest')}</a>}
      {next !== null && <a href={href({ before: String(next) })}>{t('radius.older')}</a>}
    </p>
  )
}
