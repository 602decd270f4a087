/** What surrounds a complaint: its place, its office, its reporter, and the hotspot it came from. */
import { kelurahanMap } from '#portal/look/kelurahan-map.ts'
import { CityMap } from '../../../platform/ui/city-map.tsx'
import { clock, milliseconds } from '../../../platform/ui/format.ts'
import { language } from '../../../platform/ui/language.ts'
import { mayBe } from '../../../platform/ui/me.ts'
import { Spark } from '../../../platform/ui/spark.tsx'
import { StateMark } from '../../../platform/ui/state-mark.tsx'
import { ui } from '../../../platform/ui/ui-words.ts'
import type { ComplaintPage } from '../api.ts'
import { snapshot } from './telemetry.ts'
import { t } from './complaints-words.ts'

/** Offices see the hotspot in the complaint; its own page is for those who run or watch the network. */
const seesNetwork = () => mayBe('admin', 'noc', 'executive', 'verifier')

export function CaseSide({ value }: { value: ComplaintPage }) {
  const { row } = value
  const area = kelurahanMap.areaNamed(row.area)
  return (
    <aside class="stack">
      <section class="sheet">
        <h2>{t('case.place')}</h2>
        {area && (
          <div class="case-map">
            <CityMap areas={[]} dots={[]} lit={area.code} />
          </div>
        )}
        <dl class="facts">
          <dt>{t('case.area')}</dt>
          <dd>{row.area}</dd>
          {row.hotspot && (
            <>
              <dt>{t('case.hotspot')}</dt>
              <dd>
                {seesNetwork() ? <a href={`/noc/h/${encodeURIComponent(row.hotspot.node)}`}>{row.hotspot.name}</a> : row.hotspot.name}
              </dd>
            </>
          )}
          <dt>{t('case.opd')}</dt>
          <dd>{row.opd?.name ?? t('queue.unassigned')}</dd>
          <dt>{t('case.reporter')}</dt>
          <dd>{value.anonymous ? t('case.anonymous') : (value.contact ?? t('case.no-contact'))}</dd>
          <dt>{t('case.code')}</dt>
          <dd class="mono">····-{value.codeHint}</dd>
        </dl>
      </section>
      <Telemetry value={value} />
    </aside>
  )
}

function Telemetry({ value }: { value: ComplaintPage }) {
  const lang = language.value
  const seen = snapshot(value.telemetry)
  const first = seen?.times[0]
  const last = seen?.times.at(-1)
  return (
    <section class="sheet">
      <h2>{t('case.telemetry')}</h2>
      {seen === null ? (
        <p class="muted">{t('case.telemetry-none')}</p>
      ) : (
        <>
          {seen.state !== null && (
            <p class="state">
              <StateMark state={seen.state} /> {ui(`state.${seen.state}`)}
              {seen.uplinkMilliseconds !== null && <span class="muted"> · {milliseconds(seen.uplinkMilliseconds, lang)}</span>}
            </p>
          )}
          {first !== undefined && last !== undefined && (
            <figure>
              <Spark
                times={seen.times}
                line={seen.online}
                label={t('case.telemetry-curve', { from: clock(first, lang), to: clock(last, lang) })}
              />
              <figcaption class="small muted">{t('case.telemetry-curve', { from: clock(first, lang), to: clock(last, lang) })}</figcaption>
            </figure>
          )}
        </>
      )}
      {value.row.hotspot && seesNetwork() && (
        <p class="small">
          <a href={`/noc/h/${encodeURIComponent(value.row.hotspot.node)}?range=24h`}>{t('case.telemetry-day')}</a>
        </p>
      )}
    </section>
  )
}
