/** How telemetry arrives: its rate, its lag, what waits, what is lost and what is refused. Every number with its age. */
import './noc.css'
import '../../platform/ui/chart.css'
import './ingest.css'
import { useEffect } from 'preact/hooks'
import { number, span } from '../../platform/ui/format.ts'
import { language } from '../../platform/ui/language.ts'
import type { LiveMessage } from '../../platform/ui/live.ts'
import { mayBe } from '../../platform/ui/me.ts'
import { usePageTitle } from '../../platform/ui/page-title.ts'
import { changed, useQuery } from '../../platform/ui/query.ts'
import { useResource } from '../../platform/ui/resource.ts'
import { Spark } from '../../platform/ui/spark.tsx'
import { Age, Moment } from '../../platform/ui/time.tsx'
import { Loaded } from '../../platform/ui/view.tsx'
import type { IngestView } from '../road/api.ts'
import { BoxRoads } from './ingest-boxes.tsx'
import { Retention } from './ingest-retention.tsx'
import { t } from './noc-words.ts'

/** Counters move by the minute; a worker reports every few seconds. */
const RELOAD_MS = 15_000
/** Three reports of a worker that did not come. */
const WORKER_STALE_MS = 20_000
const COUNTS_STALE_MS = 130_000
/** A live picture of the fleet says every two seconds that the city changed; this page has its own rhythm. */
const never = (_: LiveMessage) => false

export function IngestPage() {
  usePageTitle(t('ingest.title'))
  const { query, href } = useQuery()
  const node = query['node'] ?? ''
  const view = useResource<IngestView>(`/api/noc/ingest${changed({}, { node })}`, never)
  useEffect(() => {
    const timer = setInterval(view.reload, RELOAD_MS)
    return () => clearInterval(timer)
  }, [node])
  return (
    <Loaded of={view}>
      {(value) => (
        <div class="stack ingest">
          <div class="page-head">
            <div>
              <h1>{t('ingest.title')}</h1>
              <p class="lead">
                {t('ingest.lead')}{' '}
                <span class="small">
                  {t('ingest.until')} <Age at={value.until} staleAfter={COUNTS_STALE_MS} />.
                </span>
              </p>
            </div>
          </div>
          <div class="ingest-facts">
            <Rate view={value} />
            <Lag view={value} />
            <Waiting view={value} />
            <Refused view={value} />
          </div>
          <Workers view={value} />
          <BoxRoads view={value} node={node} href={href} />
          <Gaps view={value} href={href} />
          <Retention view={value} reload={view.reload} />
        </div>
      )}
    </Loaded>
  )
}

const spanWords = (ms: number): string => {
  const { unit, n } = span(ms)
  return t(`span.${unit}`, { n })
}
const perSecond = (value: number): string => number(value, language.value, value < 10 ? 1 : 0)

function Rate({ view: { minute, hour, minutes } }: { view: IngestView }) {
  return (
    <section class="sheet" aria-labelledby="ingest-rate">
      <h2 id="ingest-rate">{t('ingest.rate')}</h2>
      <p class="big-number">{t('ingest.per-second', { n: perSecond(minute.perSecond) })}</p>
      <p class="muted">{t('ingest.in-minute', { n: minute.records })}</p>
      <Spark times={minutes.map((each) => each.t)} line={minutes.map((each) => each.records)} label={t('ingest.curve')} height={44} />
      <p class="small muted">
        {t('ingest.curve')} · {t('ingest.in-hour', { n: perSecond(hour.perSecond) })}
      </p>
    </section>
  )
}

function Lag({ view: { lag } }: { view: IngestView }) {
  return (
    <section class="sheet" aria-labelledby="ingest-lag">
      <h2 id="ingest-lag">{t('ingest.lag')}</h2>
      <p class="small muted">{t('ingest.lag-note')}</p>
      {lag.map(({ minutes, p50Ms, p95Ms, untimed }) => (
        <p key={minutes}>
          <span class="muted small">{t('ingest.lag-row', { n: minutes })}</span>
          <br />
          {p50Ms === null || p95Ms === null ? (
            <span class="muted">{t('ingest.lag-none')}</span>
          ) : (
            <strong>
              {t('ingest.lag-half', { span: spanWords(p50Ms) })}, {t('ingest.lag-most', { span: spanWords(p95Ms) })}
            </strong>
          )}
          {untimed > 0 && (
            <>
              <br />
              <span class="tone-warn small">{t('ingest.untimed', { n: untimed })}</span>
            </>
          )}
        </p>
      ))}
    </section>
  )
}

function Waiting({ view: { outbox } }: { view: IngestView }) {
  const lang = language.value
  return (
    <section class="sheet" aria-labelledby="ingest-outbox">
      <h2 id="ingest-outbox">{t('ingest.outbox')}</h2>
      {outbox.oldestNode === null ? (
        <p class="muted">{t('ingest.outbox-none')}</p>
      ) : (
        <>
          <p class="big-number">{t('ingest.outbox-line', { records: number(outbox.records, lang), boxes: number(outbox.boxes, lang) })}</p>
          <p>
            {t('ingest.outbox-oldest', { span: spanWords(outbox.oldestSeconds * 1_000) })}{' '}
            <a href={`/noc/h/${encodeURIComponent(outbox.oldestNode)}`}>{outbox.oldestNode}</a>
            {outbox.saidAt !== null && (
              <span class="muted small">
                {' '}
                ({t('ingest.said')} <Age at={outbox.saidAt} staleAfter={COUNTS_STALE_MS} />)
              </span>
            )}
          </p>
        </>
      )}
    </section>
  )
}

function Refused({ view: { hour, totals } }: { view: IngestView }) {
  const lang = language.value
  return (
    <section class="sheet" aria-labelledby="ingest-refused">
      <h2 id="ingest-refused">{t('ingest.refused')}</h2>
      <p>{t('ingest.hour-refused', { n: hour.refused })}</p>
      <p>{t('ingest.hour-repeated', { n: hour.repeated })}</p>
      <p class="small muted">
        {t('ingest.ever')}:{' '}
        {t('ingest.ever-line', {
          records: number(totals.records, lang),
          dropped: number(totals.dropped, lang),
          quarantined: number(totals.quarantined, lang),
        })}
      </p>
      {mayBe('admin', 'noc') && (
        <p>
          <a href="/noc/karantina">{t('ingest.quarantine-link')}</a>
        </p>
      )}
    </section>
  )
}

function Workers({ view: { workers } }: { view: IngestView }) {
  const lang = language.value
  return (
    <section class="stack" aria-labelledby="ingest-workers">
      <h2 id="ingest-workers">{t('ingest.workers')}</h2>
      {workers.length === 0 ? (
        <p class="notice bad" role="alert">
          {t('ingest.workers-none')}
        </p>
      ) : (
        <div class="scroll-x" tabIndex={0} role="region" aria-labelledby="ingest-workers">
          <table>
            <thead>
              <tr>
                <th scope="col">{t('ingest.worker')}</th>
                <th scope="col">{t('ingest.shards')}</th>
                <th scope="col" class="number">
                  {t('ingest.worker-rate')}
                </th>
                <th scope="col" class="number">
                  {t('ingest.worker-waiting')}
                </th>
                <th scope="col">{t('ingest.worker-since')}</th>
                <th scope="col">{t('ingest.worker-seen')}</th>
              </tr>
            </thead>
            <tbody>
              {workers.map((each) => (
                <tr key={each.worker}>
                  <td>{each.worker}</td>
                  <td class="mono">{each.shards}</td>
                  <td class="number">{perSecond(each.perSecond)}</td>
                  <td class="number">{number(each.waiting, lang)}</td>
                  <td>
                    <Moment at={each.startedAt} />
                  </td>
                  <td>
                    <Age at={each.seenAt} staleAfter={WORKER_STALE_MS} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

function Gaps({ view: { gaps }, href }: { view: IngestView; href: (changes: Record<string, string>) => string }) {
  const lang = language.value
  return (
    <section class="stack" aria-labelledby="ingest-gaps">
      <h2 id="ingest-gaps">{t('ingest.gaps')}</h2>
      <p class="small muted">{gaps.length === 0 ? t('ingest.gaps-none') : t('ingest.gaps-note')}</p>
      {gaps.length > 0 && (
        <div class="scroll-x" tabIndex={0} role="region" aria-labelledby="ingest-gaps">
          <table class="tall-rows">
            <thead>
              <tr>
                <th scope="col">{t('ingest.gap-at')}</th>
                <th scope="col">{t('ingest.box')}</th>
                <th scope="col" class="number">
                  {t('ingest.gap-records')}
                </th>
                <th scope="col">{t('ingest.gap-why')}</th>
                <th scope="col" class="number">
                  {t('ingest.gap-numbers')}
                </th>
              </tr>
            </thead>
            <tbody>
              {gaps.map((gap) => (
                <tr key={gap.id}>
                  <td>
                    <Moment at={gap.at} />
                  </td>
                  <td>
                    <a href={href({ node: gap.node })}>{gap.node}</a>
                  </td>
                  <td class="number">{number(gap.records, lang)}</td>
                  <td class="why">{t.code('gap.', gap.source, { kind: t.code('kind.', gap.kind) })}</td>
                  <td class="number mono">
                    {gap.lane} {gap.fromSeq}–{gap.toSeq}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}
