/** The network now: one sentence, the map, and the list behind it. */
import './noc.css'
import { useMemo, useRef, useState } from 'preact/hooks'
import { CityMap } from '../../platform/ui/city-map.tsx'
import { number, rate } from '../../platform/ui/format.ts'
import { useKeys } from '../../platform/ui/keys.ts'
import { language } from '../../platform/ui/language.ts'
import type { LiveMessage } from '../../platform/ui/live.ts'
import { usePageTitle } from '../../platform/ui/page-title.ts'
import { useQuery } from '../../platform/ui/query.ts'
import { useResource } from '../../platform/ui/resource.ts'
import { StateMark } from '../../platform/ui/state-mark.tsx'
import { Age } from '../../platform/ui/time.tsx'
import { ui } from '../../platform/ui/ui-words.ts'
import { Loaded } from '../../platform/ui/view.tsx'
import type { CityNow, HotspotRow } from '../api.ts'
import { FirstSteps } from './first-steps.tsx'
import { countsOf, listQuery, matching, sorted, STALE_MS, STATES } from './hotspot-list.ts'
import { HotspotTable } from './hotspot-table.tsx'
import { KelurahanTable } from './kelurahan-table.tsx'
import { useLiveHotspots } from './live-hotspots.ts'
import { t } from './noc-words.ts'

const onCity = (message: LiveMessage) => message.type === 'city'

export function NocPage() {
  usePageTitle(t('noc.title'))
  const city = useResource<CityNow>('/api/noc/city', onCity)
  const { list, rows } = useLiveHotspots()
  return (
    <Loaded of={city}>
      {(now) => (
        <>
          <Head city={now} rows={rows} />
          <FirstSteps />
          <Loaded of={list}>{() => (rows.length === 0 ? <NoHotspots /> : <Network city={now} rows={rows} />)}</Loaded>
        </>
      )}
    </Loaded>
  )
}

function Head({ city, rows }: { city: CityNow; rows: readonly HotspotRow[] }) {
  const lang = language.value
  const counts = rows.length > 0 ? countsOf(rows) : city.counts
  const total = counts.online + counts.degraded + counts.offline + counts.new
  const trouble = counts.degraded + counts.offline
  return (
    <div class="noc-head">
      <h1>
        {t('noc.head', { healthy: counts.online, total })}
        {'\u00A0· '}
        {trouble > 0 ? <span class="trouble">{t('noc.trouble', { n: trouble })}</span> : <span class="well">{t('noc.all-well')}</span>}
        {counts.new > 0 && <span class="muted"> · {t('noc.new', { n: counts.new })}</span>}
      </h1>
      <p class="lead tabular">
        {t('noc.line', { visitors: number(city.visitors, lang), down: rate(city.downRate, lang), up: rate(city.upRate, lang) })}
        {' · '}
        <span class="small">
          {t('noc.updated')} <Age at={city.at} staleAfter={STALE_MS} />
        </span>
      </p>
    </div>
  )
}

function NoHotspots() {
  return (
    <div class="empty">
      <strong>{t('noc.empty-title')}</strong>
      {t('noc.empty')}
    </div>
  )
}

function Network({ city, rows }: { city: CityNow; rows: readonly HotspotRow[] }) {
  const { query, set, href } = useQuery()
  const wanted = listQuery(query)
  const inPlace = useMemo(() => matching(rows, wanted), [rows, wanted.q, wanted.kelurahan])
  const shown = useMemo(
    () => sorted(wanted.state ? inPlace.filter((row) => row.state === wanted.state) : inPlace, wanted),
    [inPlace, wanted.state, wanted.sort, wanted.dir],
  )
  const counts = countsOf(inPlace)
  const search = useRef<HTMLInputElement>(null)
  useKeys({ '/': () => search.current?.focus() })
  const place = city.kelurahan.find((area) => area.code === wanted.kelurahan)
  const filtered = wanted.q !== '' || wanted.kelurahan !== '' || wanted.state !== null
  return (
    <div class="noc">
      <MapSide
        city={city}
        rows={rows}
        selected={wanted.kelurahan}
        href={(code) => href({ kelurahan: code === wanted.kelurahan ? '' : code })}
      />
      <section aria-label={t('noc.title')}>
        <div class="tools-row">
          <input
            ref={search}
            type="search"
            class="input"
            aria-label={t('noc.search')}
            placeholder={t('noc.search')}
            maxLength={80}
            value={wanted.q}
            onInput={(event) => set({ q: event.currentTarget.value }, 'typing')}
          />
          <div class="row" role="group" aria-label={t('noc.states')}>
            <a class="chip" aria-current={wanted.state === null ? 'true' : undefined} href={href({ state: '' })}>
              {t('noc.all')} {number(inPlace.length, language.value)}
            </a>
            {STATES.map((state) => (
              <a
                key={state}
                class="chip"
                aria-current={wanted.state === state ? 'true' : undefined}
                href={href({ state: wanted.state === state ? '' : state })}
              >
                <StateMark state={state} /> {ui(`state.${state}`)} {number(counts[state], language.value)}
              </a>
            ))}
          </div>
        </div>
        <p class="small muted" role="status">
          {t('noc.count', { n: shown.length })} {place ? t('noc.in', { kelurahan: place.name }) : ''}{' '}
          {filtered && <a href={href({ q: '', kelurahan: '', state: '' })}>{t('noc.clear')}</a>}
        </p>
        {shown.length > 0 ? (
          <HotspotTable rows={shown} sort={wanted.sort} dir={wanted.dir} mixed={rows.some((row) => row.simulated !== city.simulated)} />
        ) : (
          <div class="empty">
            <strong>{t('noc.none')}</strong>
            {t('noc.none-hint')} <a href={href({ q: '', kelurahan: '', state: '' })}>{t('noc.clear')}</a>.
          </div>
        )}
      </section>
    </div>
  )
}

type MapSideProps = { city: CityNow; rows: readonly HotspotRow[]; selected: string; href: (code: string) => string }

function MapSide({ city, rows, selected, href }: MapSideProps) {
  const [asTable, setAsTable] = useState(false)
  const dots = useMemo(() => rows.map((row) => ({ id: row.node, kelurahan: row.kelurahan, state: row.state, name: row.name })), [rows])
  return (
    <section class="noc-map" aria-label={asTable ? t('noc.map-table') : t('noc.map')}>
      {asTable ? (
        <KelurahanTable areas={city.kelurahan} href={href} selected={selected} />
      ) : (
        <div class="map-sheet">
          <CityMap areas={city.kelurahan} dots={dots} areaHref={href} selected={selected} />
          {city.simulated && <span class="stamp">{ui('simulation')}</span>}
        </div>
      )}
      <p class="row small muted">
        <button type="button" class="button plain small" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? t('noc.map') : t('noc.map-table')}
        </button>
        <span class="grow">{t('noc.map-note')}</span>
      </p>
    </section>
  )
}
