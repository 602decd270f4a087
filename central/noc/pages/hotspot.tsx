/** One hotspot: its state with the reason in words, its curves, its day, and what its road to central lost. */
import './noc.css'
import { useCallback } from 'preact/hooks'
import { useRoute } from 'preact-iso/router'
import { CityMap } from '../../platform/ui/city-map.tsx'
import { number, octets } from '../../platform/ui/format.ts'
import { language } from '../../platform/ui/language.ts'
import type { LiveMessage } from '../../platform/ui/live.ts'
import { mayBe } from '../../platform/ui/me.ts'
import { usePageTitle } from '../../platform/ui/page-title.ts'
import { useQuery } from '../../platform/ui/query.ts'
import { useResource } from '../../platform/ui/resource.ts'
import { StateMark } from '../../platform/ui/state-mark.tsx'
import { Age, Moment } from '../../platform/ui/time.tsx'
import { ui } from '../../platform/ui/ui-words.ts'
import { Loaded } from '../../platform/ui/view.tsx'
import type { HotspotPage } from '../api.ts'
import { BoxAccess } from './box-access.tsx'
import { BoxHealth } from './box-health.tsx'
import { DeviceList } from './device-list.tsx'
import { HotspotCharts } from './hotspot-charts.tsx'
import { STALE_MS } from './hotspot-list.ts'
import { NoticeList } from './notice-list.tsx'
import { SessionTable } from './session-table.tsx'
import { reasonWords } from './reason-words.ts'
import { RANGES, rangeOf } from './series.ts'
import { t } from './noc-words.ts'

export function HotspotScreen() {
  const node = useRoute().params['node'] ?? ''
  const { query, href } = useQuery()
  const range = rangeOf(query['range'])
  const mine = useCallback(
    ({ type, data }: LiveMessage) => type === 'hotspot' && (data as { node?: unknown } | null)?.node === node,
    [node],
  )
  const page = useResource<HotspotPage>(`/api/noc/hotspots/${encodeURIComponent(node)}?range=${range}`, mine)
  usePageTitle(page.value?.hotspot.name ?? t('noc.title'))
  if (page.failure?.status === 404) return <NoHotspot node={node} />
  return (
    <Loaded of={page}>
      {(value) => (
        <>
          <Head page={value} />
          <div class="split">
            <section class="stack" aria-label={t('range.label')}>
              <div class="ranges" role="group" aria-label={t('range.label')}>
                {RANGES.map((each) => (
                  <a key={each} class="chip" href={href({ range: each })} aria-current={each === range ? 'true' : undefined}>
                    {t(`range.${each}`)}
                  </a>
                ))}
              </div>
              <HotspotCharts page={value} range={range} />
            </section>
            <aside class="stack">
              <Today page={value} />
              <BoxHealth page={value} />
              <BoxAccess page={value} reload={page.reload} />
              <NoticeList notices={value.notices} />
              <Road page={value} />
            </aside>
          </div>
          <DeviceList devices={value.devices} />
          <SessionTable page={value} reload={page.reload} />
        </>
      )}
    </Loaded>
  )
}

function NoHotspot({ node }: { node: string }) {
  return (
    <div class="empty">
      <strong>{t('hotspot.none', { node })}</strong>
      <a href="/noc">← {t('hotspot.back')}</a>
    </div>
  )
}

function Head({ page }: { page: HotspotPage }) {
  const row = page.hotspot
  return (
    <div class="hotspot-head">
      <div>
        <p class="row">
          <a href="/noc">← {t('hotspot.back')}</a>
          <code class="muted">{row.node}</code>
          {row.simulated && <span class="stamp">{ui('simulation')}</span>}
        </p>
        <h1>{row.name}</h1>
        <p class="verdict" role="status">
          <span class="state">
            <StateMark state={row.state} /> {ui(`state.${row.state}`)}
          </span>
          {row.reason !== null && <> — {reasonWords(row)}</>}
          {row.stateSince !== null && (
            <span class="muted">
              {' '}
              {t('hotspot.since')} <Moment at={row.stateSince} />
            </span>
          )}
        </p>
        {row.reason === 'rival' && page.road.rivalAt !== null && (
          <p class="notice bad" role="alert">
            {t('hotspot.rival')} <Age at={page.road.rivalAt} />.
          </p>
        )}
        <p class="muted">
          {t('hotspot.place', { rt: /^\d/.test(row.rt) ? `RT ${row.rt}` : row.rt, kelurahan: row.kelurahanName, kecamatan: row.kecamatan })}{' '}
          · {t('hotspot.heard')} {row.heardAt === null ? t('heard.never') : <Age at={row.heardAt} staleAfter={STALE_MS} />}
        </p>
        <p>
          <a href={`/aduan?node=${encodeURIComponent(row.node)}`}>{t('complaints.link')}</a>{' '}
          <span class="muted">({t('complaints.open', { n: row.openComplaints })})</span>
        </p>
      </div>
      <a href={`/noc?kelurahan=${row.kelurahan}`} aria-label={t('noc.in', { kelurahan: row.kelurahanName })}>
        <CityMap areas={[]} dots={[]} lit={row.kelurahan} />
      </a>
    </div>
  )
}

function Today({ page: { today } }: { page: HotspotPage }) {
  const lang = language.value
  return (
    <section class="sheet">
      <h2>{t('today.title')}</h2>
      <dl class="facts">
        <dt>{t('today.admitted')}</dt>
        <dd>{number(today.admitted, lang)}</dd>
        <dt>{t('today.down')}</dt>
        <dd>{octets(today.downOctets, lang)}</dd>
        <dt>{t('today.up')}</dt>
        <dd>{octets(today.upOctets, lang)}</dd>
        <dt>{t('today.watched')}</dt>
        <dd>{number(today.watched, lang)}</dd>
        <dt>{t('today.fallback')}</dt>
        <dd>{number(today.fallback, lang)}</dd>
      </dl>
    </section>
  )
}

function Road({ page: { road, hotspot } }: { page: HotspotPage }) {
  const lang = language.value
  const quarantined = number(road.quarantined, lang)
  return (
    <section class="sheet">
      <h2>{t('road.title')}</h2>
      {road.epoch === null ? (
        <p class="muted">{t('road.none')}</p>
      ) : (
        <dl class="facts">
          <dt>{t('road.committed-t')}</dt>
          <dd>{number(road.committedT, lang)}</dd>
          <dt>{t('road.committed-e')}</dt>
          <dd>{number(road.committedE, lang)}</dd>
          <dt>{t('road.dropped')}</dt>
          <dd>{number(road.dropped, lang)}</dd>
          <dt>{t('road.quarantined')}</dt>
          <dd>
            {road.quarantined > 0 && mayBe('admin', 'noc') ? (
              <a href={`/noc/karantina?node=${encodeURIComponent(hotspot.node)}`}>{quarantined}</a>
            ) : (
              quarantined
            )}
          </dd>
          <dt>{t('road.repeated')}</dt>
          <dd>{number(road.repeated, lang)}</dd>
          <dt>{t('road.clock')}</dt>
          <dd>{road.clock === null ? t('clock.unknown') : t.code('clock.', road.clock)}</dd>
          {road.skewSeconds !== null && (
            <>
              <dt>{t('road.skew')}</dt>
              {/* A rounded −0.4 must not read “−0”. */}
              <dd>{t('road.seconds', { n: Math.round(road.skewSeconds) || 0 })}</dd>
            </>
          )}
        </dl>
      )}
    </section>
  )
}
