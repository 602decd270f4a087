/** The wall: the city alive on one screen, read from four metres, for months, by nobody in particular. */
import './wall.css'
import { effect } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { kelurahanMap } from '#portal/look/kelurahan-map.ts'
import { CityMap } from '../../platform/ui/city-map.tsx'
import { clock, clockSeconds, longDay, number, octets, span } from '../../platform/ui/format.ts'
import { Motif } from '../../platform/ui/motif.tsx'
import { now } from '../../platform/ui/now.ts'
import { Spark } from '../../platform/ui/spark.tsx'
import { StateMark } from '../../platform/ui/state-mark.tsx'
import { ui } from '../../platform/ui/ui-words.ts'
import type { WallView } from '../api.ts'
import { burnInShift, dotsOf, emergency, type Emergency, freshness, freshUntil, moved, settledDay } from './wall-view.ts'
import { wallLink, type WallState } from './wall-link.ts'
import { t } from './noc-words.ts'

const WIDTH = 1920
const HEIGHT = 1080
const COMPLAINTS_SHOWN = 3
const LANG = 'id'

export function WallPage() {
  const [state, setState] = useState<WallState>({ kind: 'opening' })
  useEffect(() => {
    document.documentElement.dataset['theme'] = 'wall'
    document.title = `${t('walls.title')} · Kota Madiun`
    const link = wallLink()
    const unwatch = effect(() => setState(link.state.value))
    const stop = link.start()
    return () => {
      unwatch()
      stop()
    }
  }, [])
  if (state.kind === 'live') return <Stage>{<City view={state.view} />}</Stage>
  return <Stage>{<Notice state={state} />}</Stage>
}

/** Drawn for 1920×1080 and scaled as one picture to whatever hangs on the wall. */
function Stage({ children }: { children: ComponentChildren }) {
  const [scale, setScale] = useState(1)
  useEffect(() => {
    const fit = () => setScale(Math.min(innerWidth / WIDTH, innerHeight / HEIGHT))
    fit()
    addEventListener('resize', fit)
    return () => removeEventListener('resize', fit)
  }, [])
  const shift = burnInShift(now.value)
  return (
    <div class="wall-frame">
      <main class="wall" style={{ transform: `translate(-50%, -50%) scale(${scale}) translate(${shift.x}px, ${shift.y}px)` }}>
        {children}
      </main>
    </div>
  )
}

function Notice({ state }: { state: Exclude<WallState, { kind: 'live' }> }) {
  const text = { opening: 'wall.opening', waiting: 'wall.waiting', revoked: 'wall.revoked', 'no-token': 'wall.no-token' } as const
  const hint = state.kind === 'revoked' ? t('wall.revoked-hint') : state.kind === 'no-token' ? t('wall.no-token-hint') : ''
  return (
    <div class="wall-notice" role="status">
      <Motif />
      <h1>{t(text[state.kind])}</h1>
      <p>{hint}</p>
    </div>
  )
}

function City({ view }: { view: WallView }) {
  const { city } = view
  const dots = useMemo(() => dotsOf(city.kelurahan), [city])
  const alarm = emergency(city)
  const fresh = freshness(city, now.value)
  return (
    <>
      <div class="wall-left">
        <Clock />
        {alarm ? <Alarm alarm={alarm} /> : <Visitors view={view} />}
      </div>
      <div class={fresh === 'old' ? 'wall-map stale' : 'wall-map'}>
        <CityMap areas={city.kelurahan} dots={dots}>
          <Pulses city={city} />
        </CityMap>
        {city.simulated && <span class="stamp">{ui('simulation')}</span>}
      </div>
      <div class="wall-right">
        <States view={view} />
        <Today view={view} />
        <Complaints view={view} />
      </div>
      <Foot view={view} />
    </>
  )
}

function Clock() {
  return (
    <section class="wall-clock">
      <p class="time">{clockSeconds(now.value, LANG)}</p>
      <p class="date">{longDay(now.value, LANG)}</p>
    </section>
  )
}

function Visitors({ view: { city } }: { view: WallView }) {
  const day = settledDay(city)
  const line = day.map((point) => point.online)
  // A point is the average of its interval; people are told in whole persons.
  const peak = Math.round(Math.max(0, ...line.filter((value) => value !== null)))
  return (
    <>
      <section class="wall-visitors">
        <p class="key">{number(city.visitors, LANG)}</p>
        <p class="label">{t('wall.visitors')}</p>
      </section>
      <section class="wall-day">
        <h2>
          {t('wall.day')} <span>{t('wall.peak', { n: peak })}</span>
        </h2>
        <Spark times={day.map((point) => point.t)} line={line} label={t('wall.day-summary', { peak })} width={460} height={190} />
        <DayHours day={day} />
      </section>
    </>
  )
}

function DayHours({ day }: { day: WallView['city']['day'] }) {
  const first = day[0]?.t
  const last = day.at(-1)?.t
  if (first === undefined || last === undefined) return null
  return (
    <p class="hours" aria-hidden="true">
      {[0, 0.5, 1].map((share) => (
        <span key={share}>{clock(first + (last - first) * share, LANG)}</span>
      ))}
    </p>
  )
}

function Alarm({ alarm }: { alarm: Emergency }) {
  return (
    <section class="wall-alarm" role="alert">
      <p class="key">{t('wall.emergency', { n: alarm.offline })}</p>
      <p class="label">{t('wall.emergency-of', { total: alarm.total })}</p>
      <ol>
        {alarm.worst.map((area) => (
          <li key={area.code}>
            <span>{area.name}</span>
            <strong>
              {area.offline}/{area.hotspots}
            </strong>
          </li>
        ))}
      </ol>
    </section>
  )
}

function States({ view: { city } }: { view: WallView }) {
  const states = (['online', 'degraded', 'offline', 'new'] as const).filter((state) => state !== 'new' || city.counts.new > 0)
  return (
    <section class="wall-states">
      <h2>{t('wall.hotspots')}</h2>
      <ul>
        {states.map((state) => (
          <li key={state} class={city.counts[state] === 0 && state !== 'online' ? 'none' : ''}>
            <StateMark state={state} />
            <strong>{number(city.counts[state], LANG)}</strong>
            <span>{ui(`state.${state}`)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Today({ view: { city } }: { view: WallView }) {
  const { today } = city
  const rows: [string, string][] = [
    [octets(today.downOctets + today.upOctets, LANG), t('wall.traffic')],
    [number(today.admitted, LANG), t('wall.admitted')],
    [number(today.watched, LANG), t('wall.watched')],
  ]
  return (
    <section class="wall-today">
      <h2>{t('wall.today')}</h2>
      <ul>
        {rows.map(([value, label]) => (
          <li key={label}>
            <strong>{value}</strong>
            <span>{label}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Complaints({ view: { complaints } }: { view: WallView }) {
  return (
    <section class="wall-complaints">
      <h2>{t('wall.complaints')}</h2>
      <ul class="numbers">
        <li>
          <strong>{number(complaints.open, LANG)}</strong>
          <span>{t('wall.open')}</span>
        </li>
        <li class={complaints.overdue > 0 ? 'late' : ''}>
          <strong>
            {complaints.overdue > 0 && <StateMark state="offline" />} {number(complaints.overdue, LANG)}
          </strong>
          <span>{t('wall.overdue')}</span>
        </li>
        <li>
          <strong>{number(complaints.answeredToday, LANG)}</strong>
          <span>{t('wall.answered')}</span>
        </li>
      </ul>
      <ol class="latest">
        {complaints.latest.length === 0 && <li>{t('wall.no-complaints')}</li>}
        {complaints.latest.slice(0, COMPLAINTS_SHOWN).map((row) => (
          <li key={row.number}>
            <span class="what">
              {ui.code('category.', row.category)}, {row.area}
            </span>
            <span class="how">{ui.code('case.', row.status)}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}

function Foot({ view: { city, audit } }: { view: WallView }) {
  const fresh = freshness(city, now.value)
  const age = now.value - freshUntil(city)
  const { unit, n } = span(age)
  const words =
    fresh === 'old'
      ? t('wall.stale', { time: clockSeconds(freshUntil(city), LANG) })
      : t('wall.age', { age: age < 3_000 ? ui('age.now') : ui(`age.${unit}`, { n }) })
  return (
    <footer class="wall-foot">
      <p class="name">
        <Motif /> Kota Madiun <span>Broadband City</span>
      </p>
      <p class={`wall-age ${fresh}`} role="status">
        {words}
      </p>
      <p class="audit">{t('wall.audit', { entries: audit.entries, anchor: audit.anchor.slice(0, 12) })}</p>
    </footer>
  )
}

/** One soft ring where the number of visitors just changed. */
function Pulses({ city }: { city: WallView['city'] }) {
  const before = useRef<WallView['city'] | null>(null)
  const [codes, setCodes] = useState<string[]>([])
  useEffect(() => {
    setCodes(moved(before.current, city))
    before.current = city
  }, [city])
  return (
    <g aria-hidden="true">
      {codes.map((code) => {
        const centre = kelurahanMap.areaByCode(code)?.centre
        return centre ? <circle key={`${code}${city.at}`} class="pulse" cx={centre[0]} cy={centre[1]} r="14" /> : null
      })}
    </g>
  )
}
