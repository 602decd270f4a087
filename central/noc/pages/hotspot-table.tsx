/** The dense list: 36 px rows, only those in the window drawn; j and k walk it, Enter opens. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { number, rate } from '../../platform/ui/format.ts'
import { useKeys } from '../../platform/ui/keys.ts'
import { language } from '../../platform/ui/language.ts'
import { now } from '../../platform/ui/now.ts'
import { useQuery } from '../../platform/ui/query.ts'
import { StateMark } from '../../platform/ui/state-mark.tsx'
import { Age } from '../../platform/ui/time.tsx'
import { ui } from '../../platform/ui/ui-words.ts'
import { useWindowRows } from '../../platform/ui/window-rows.ts'
import type { HotspotRow } from '../api.ts'
import { firstDirection, type Sort, STALE_MS } from './hotspot-list.ts'

import { t } from './noc-words.ts'
import { reasonWords } from './reason-words.ts'

type Props = { rows: readonly HotspotRow[]; sort: Sort; dir: 'asc' | 'desc'; mixed: boolean }

const ROW_PX = 36
/** On a phone a row has a second line for what the missing columns said. */
const PHONE_ROW_PX = 52
const phone = typeof matchMedia === 'function' ? matchMedia('(max-width: 720px)') : null

function useRowHeight(): number {
  const [height, setHeight] = useState(phone?.matches ? PHONE_ROW_PX : ROW_PX)
  useEffect(() => {
    const change = () => setHeight(phone?.matches ? PHONE_ROW_PX : ROW_PX)
    phone?.addEventListener('change', change)
    return () => phone?.removeEventListener('change', change)
  }, [])
  return height
}

export function HotspotTable({ rows, sort, dir, mixed }: Props) {
  const height = useRowHeight()
  const { ref, rows: seen } = useWindowRows<HTMLTableSectionElement>(rows.length, height)
  useRowKeys(rows, ref, height)
  return (
    <table class="hotspots" aria-rowcount={rows.length + 1}>
      <thead>
        <tr>
          <Column name="state" class="c-state" label={t('col.state')} sort={sort} dir={dir} />
          <Column name="name" label={t('col.name')} sort={sort} dir={dir} />
          <th scope="col" class="c-area">
            {t('col.kelurahan')}
          </th>
          <Column name="online" class="number c-number" label={t('col.online')} sort={sort} dir={dir} />
          <Column name="traffic" class="number c-traffic" label={t('col.traffic')} sort={sort} dir={dir} />
          <th scope="col" class="number c-number c-complaints">
            {t('col.complaints')}
          </th>
          <Column name="heard" class="c-heard" label={t('col.heard')} sort={sort} dir={dir} />
        </tr>
      </thead>
      <tbody ref={ref}>
        <Spacer height={seen.start * height} />
        {rows.slice(seen.start, seen.end).map((row, index) => (
          <Row key={row.node} row={row} index={seen.start + index} height={height} mixed={mixed} />
        ))}
        <Spacer height={Math.max(0, rows.length - seen.end) * height} />
      </tbody>
    </table>
  )
}

const Spacer = ({ height }: { height: number }) =>
  height > 0 ? <tr class="spacer" aria-hidden="true" style={{ height: `${height}px` }} /> : null

type ColumnProps = { name: Sort; label: string; sort: Sort; dir: 'asc' | 'desc'; class?: string }

function Column({ name, label, sort, dir, class: className }: ColumnProps) {
  const { set } = useQuery()
  const active = sort === name
  const next = active ? (dir === 'asc' ? 'desc' : 'asc') : firstDirection(name)
  return (
    <th
      scope="col"
      class={className}
      {...(active ? { 'aria-sort': dir === 'asc' ? ('ascending' as const) : ('descending' as const) } : {})}
    >
      <button type="button" title={t('sort.by', { column: label })} onClick={() => set({ sort: name, dir: next })}>
        {label} <span aria-hidden="true">{active ? (dir === 'asc' ? '↑' : '↓') : ''}</span>
      </button>
    </th>
  )
}

type RowProps = { row: HotspotRow; index: number; height: number; mixed: boolean }

function Row({ row, index, height, mixed }: RowProps) {
  const lang = language.value
  const gone = row.heardAt === null || now.value - row.heardAt > STALE_MS
  const why = reasonWords(row)
  return (
    <tr class={gone ? 'gone' : ''} aria-rowindex={index + 2} style={{ height: `${height}px` }}>
      <td class="c-state">
        <span class="state">
          <StateMark state={row.state} /> <span class="word">{ui(`state.${row.state}`)}</span>
        </span>
        {why !== '' && (
          <span class="reason" title={why}>
            {why}
          </span>
        )}
      </td>
      <td>
        <span class="hotspot-name">
          <a href={`/noc/h/${encodeURIComponent(row.node)}`} data-row={index} title={row.name}>
            {row.name}
          </a>
          {mixed && row.simulated && <span class="sim-tag">{t('simulated-short')}</span>}
        </span>
        <span class="under">
          {row.kelurahanName} · {row.heardAt === null ? t('heard.never') : <Age at={row.heardAt} />}
          {why !== '' && <> · {why}</>}
        </span>
      </td>
      <td class="c-area">{row.kelurahanName}</td>
      <td class="number">{row.state === 'offline' || row.state === 'new' ? '–' : number(row.online, lang)}</td>
      <td class="number c-traffic">{gone ? '–' : rate(row.downRate + row.upRate, lang)}</td>
      <td class="number c-complaints">
        {row.openComplaints > 0 ? (
          <a href={`/aduan?node=${encodeURIComponent(row.node)}`} aria-label={t('open-complaints', { n: row.openComplaints })}>
            {number(row.openComplaints, lang)}
          </a>
        ) : (
          <span class="muted">0</span>
        )}
      </td>
      <td class="c-heard">
        {row.heardAt === null ? <span class="muted">{t('heard.never')}</span> : <Age at={row.heardAt} staleAfter={STALE_MS} />}
      </td>
    </tr>
  )
}

/** Scrolling, measuring and drawing a far row take a few frames; after this many the row is gone for another reason. */
const FRAMES_MAX = 30

/** Walking the rows by key: the wanted row may not be drawn yet, so it is scrolled to first and focused when it stands. */
function useRowKeys(rows: readonly HotspotRow[], body: { current: HTMLTableSectionElement | null }, height: number) {
  const wanted = useRef(-1)
  const waiting = useRef(false)
  const focusWhenDrawn = (frames: number) => {
    const row = body.current?.querySelector<HTMLElement>(`[data-row="${wanted.current}"]`)
    row?.focus({ preventScroll: true })
    waiting.current = !row && frames > 0
    if (waiting.current) requestAnimationFrame(() => focusWhenDrawn(frames - 1))
  }
  const step = (by: number) => {
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset['row'] : undefined
    const from = waiting.current || focused === undefined ? wanted.current : Number(focused)
    wanted.current = Math.max(0, Math.min(rows.length - 1, from + by))
    const top = (body.current?.getBoundingClientRect().top ?? 0) + wanted.current * height
    if (top < 140 || top > window.innerHeight - 140) window.scrollBy({ top: top - window.innerHeight / 2 })
    if (!waiting.current) focusWhenDrawn(FRAMES_MAX)
  }
  useKeys({ j: () => step(1), k: () => step(-1) })
}
