/** The queue: what came in, whose turn it is, and how long they still have. */
import './complaints.css'
import { useCallback, useRef } from 'preact/hooks'
import { number } from '../../../platform/ui/format.ts'
import { useKeys } from '../../../platform/ui/keys.ts'
import { language } from '../../../platform/ui/language.ts'
import type { LiveMessage } from '../../../platform/ui/live.ts'
import { usePageTitle } from '../../../platform/ui/page-title.ts'
import { useQuery } from '../../../platform/ui/query.ts'
import { useResource } from '../../../platform/ui/resource.ts'
import { stepRow } from '../../../platform/ui/step-row.ts'
import { Moment } from '../../../platform/ui/time.tsx'
import { ui } from '../../../platform/ui/ui-words.ts'
import { Loaded } from '../../../platform/ui/view.tsx'
import type { ComplaintList, ComplaintRow } from '../api.ts'
import { apiQuery, isFiltered, STATES } from './case-query.ts'
import { CATEGORIES } from './categories.ts'
import { Due } from './due-mark.tsx'
import { t } from './complaints-words.ts'

const onCase = ({ type, data }: LiveMessage) => type === 'case' && (data as { module?: unknown } | null)?.module === 'complaints'
const OPEN: readonly string[] = ['masuk', 'diteruskan', 'ditangani']

export function QueuePage() {
  usePageTitle(t('queue.title'))
  const { query } = useQuery()
  const list = useResource<ComplaintList>(`/api/complaints${apiQuery(query)}`, onCase)
  const rows = useRef<HTMLOListElement>(null)
  const search = useRef<HTMLInputElement>(null)
  useKeys({ '/': () => search.current?.focus(), j: () => stepRow(rows.current, 1), k: () => stepRow(rows.current, -1) })
  return (
    <Loaded of={list}>
      {(value) => (
        <div class="queue">
          <Head list={value} />
          <Filters list={value} search={search} />
          <p class="small muted" role="status">
            {t('queue.count', { n: value.total })} {value.rows.length > 0 && <ClearLink />}
          </p>
          {value.rows.length === 0 ? (
            <Nothing mine={query['mine'] === '1'} filtered={isFiltered(query)} />
          ) : (
            <ol class="case-list" ref={rows}>
              {value.rows.map((row, index) => (
                <Row key={row.caseId} row={row} index={index} />
              ))}
            </ol>
          )}
          <Pages list={value} />
        </div>
      )}
    </Loaded>
  )
}

function Head({ list }: { list: ComplaintList }) {
  const open = OPEN.reduce((sum, state) => sum + (list.counts[state] ?? 0), 0)
  const overdue = list.counts['overdue'] ?? 0
  const { query } = useQuery()
  // The counts are of what the filters let through, the state aside: the sentence must not be read as the whole city's.
  const narrowed = isFiltered({ ...query, state: '' })
  return (
    <div class="page-head">
      <h1>
        {t(narrowed ? 'queue.head-narrowed' : 'queue.head', { open: number(open, language.value), n: open })}
        {overdue > 0 && <span class="tone-down"> · {t('queue.overdue', { n: overdue })}</span>}
      </h1>
    </div>
  )
}

function ClearLink() {
  const { query, href } = useQuery()
  return isFiltered(query) ? <a href={href({ state: '', category: '', q: '', mine: '', node: '', page: '' })}>{t('queue.clear')}</a> : null
}

function Filters({ list, search }: { list: ComplaintList; search: { current: HTMLInputElement | null } }) {
  const { query, set, href } = useQuery()
  const state = query['state'] ?? ''
  const filter = useCallback((changes: Record<string, string>) => href({ page: '', ...changes }), [href])
  return (
    <div class="filters">
      <div class="chips" role="group" aria-label={t('queue.states')}>
        <a class="chip" href={filter({ mine: query['mine'] === '1' ? '' : '1' })} aria-current={query['mine'] === '1' ? 'true' : undefined}>
          {t('queue.mine')} {list.counts['mine'] === undefined ? '' : number(list.counts['mine'], language.value)}
        </a>
        <a class="chip" href={filter({ state: '' })} aria-current={state === '' ? 'true' : undefined}>
          {t('queue.all')}
        </a>
        {STATES.map((each) => (
          <a
            key={each}
            class="chip"
            href={filter({ state: state === each ? '' : each })}
            aria-current={state === each ? 'true' : undefined}
          >
            {ui(`case.${each}`)} {number(list.counts[each] ?? 0, language.value)}
          </a>
        ))}
      </div>
      <div class="row">
        <input
          ref={search}
          type="search"
          class="input grow"
          aria-label={t('queue.search')}
          placeholder={t('queue.search')}
          maxLength={80}
          value={query['q'] ?? ''}
          onInput={(event) => set({ q: event.currentTarget.value, page: '' }, 'typing')}
        />
        <select
          class="input category"
          aria-label={t('queue.category')}
          value={query['category'] ?? ''}
          onChange={(event) => set({ category: event.currentTarget.value, page: '' })}
        >
          <option value="">{t('queue.any-category')}</option>
          {CATEGORIES.map((category) => (
            <option key={category} value={category}>
              {ui.code('category.', category)}
            </option>
          ))}
        </select>
      </div>
      {query['node'] && (
        <p class="row small">
          <strong>{t('queue.at-hotspot', { node: query['node'] })}</strong>
        </p>
      )}
    </div>
  )
}

function Row({ row, index }: { row: ComplaintRow; index: number }) {
  return (
    <li class={row.mine ? 'case-row mine' : 'case-row'}>
      <div class="case-when">
        {row.state === 'selesai' || row.state === 'diarsip' ? <span class="muted">{ui(`case.${row.state}`)}</span> : <Due row={row} />}
        <span class="small muted">
          <Moment at={row.receivedAt} />
        </span>
      </div>
      <div class="case-what">
        <a href={`/aduan/${row.caseId}`} data-row={index}>
          <strong>{ui.code('category.', row.category)}</strong> <span class="tabular">{row.number}</span>
        </a>
        <p class="case-excerpt">{row.excerpt}</p>
      </div>
      <div class="case-where small">
        <span>{row.area}</span>
        <span class="muted">{row.opd ? row.opd.short : t('queue.unassigned')}</span>
      </div>
      <div class="case-state small">
        {ui.code('case.', row.state)}
        {row.mine && <strong class="waiting">{t('case.mine')}</strong>}
      </div>
    </li>
  )
}

function Nothing({ mine, filtered }: { mine: boolean; filtered: boolean }) {
  if (mine)
    return (
      <div class="empty">
        <strong>{t('queue.mine-none')}</strong>
        {t('queue.mine-none-hint')} <ClearLink />
      </div>
    )
  return (
    <div class="empty">
      <strong>{filtered ? t('queue.none') : t('queue.empty-title')}</strong>
      {filtered ? <ClearLink /> : t('queue.empty')}
    </div>
  )
}

function Pages({ list }: { list: ComplaintList }) {
  const { query, href } = useQuery()
  const page = Math.max(1, Number(query['page'] ?? '1') || 1)
  const pages = Math.ceil(list.total / list.pageSize)
  if (pages <= 1) return null
  const from = (page - 1) * list.pageSize + 1
  return (
    <nav class="row" aria-label={t('queue.pages')}>
      {page > 1 && (
        <a class="button" href={href({ page: String(page - 1) })}>
          {t('queue.previous')}
        </a>
      )}
      <span class="tabular">{t('queue.page', { from, to: Math.min(list.total, from + list.pageSize - 1), total: list.total })}</span>
      {page < pages && (
        <a class="button" href={href({ page: String(page + 1) })}>
          {t('queue.next')}
        </a>
      )}
    </nav>
  )
}
