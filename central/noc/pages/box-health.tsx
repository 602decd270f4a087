/** The box's last health report. What it could not measure says so instead of showing a zero. */
import type { Health } from '#edge/wire/health.ts'
import { milliseconds, number, percent, span } from '../../platform/ui/format.ts'
import { language } from '../../platform/ui/language.ts'
import { Age } from '../../platform/ui/time.tsx'
import { ui } from '../../platform/ui/ui-words.ts'
import type { HotspotPage } from '../api.ts'
import { STALE_MS } from './hotspot-list.ts'
import { t } from './noc-words.ts'

export function BoxHealth({ page }: { page: HotspotPage }) {
  const health = page.health as Partial<Health> | null
  return (
    <section class="sheet">
      <h2>{t('health.title')}</h2>
      {health === null ? (
        <p class="muted">{t('health.none')}</p>
      ) : (
        <>
          <dl class="facts">
            {facts(health).map(([name, value]) => (
              <>
                <dt>{name}</dt>
                <dd class={value === null ? 'muted' : ''}>{value ?? t('health.unmeasured')}</dd>
              </>
            ))}
          </dl>
          {page.healthAt !== null && (
            <p class="small muted">
              {t('health.age')} <Age at={page.healthAt} staleAfter={STALE_MS} />
            </p>
          )}
        </>
      )}
    </section>
  )
}

const row = (name: string, value: string): [string, string] => [name, value]

function probeRows({ sent, answered, p50Milliseconds, p95Milliseconds }: NonNullable<Health['uplinkProbes']>): [string, string | null][] {
  const lang = language.value
  // Just begun: nothing was tried yet.
  if (sent === 0) return [[t('health.loss'), null]]
  const loss = t('health.loss-of', { share: percent(1 - answered / sent, lang), answered, sent })
  if (p50Milliseconds === null || p95Milliseconds === null) return [[t('health.loss'), loss]]
  return [
    [t('health.loss'), loss],
    [t('health.latency'), `${milliseconds(p50Milliseconds, lang)} / ${milliseconds(p95Milliseconds, lang)}`],
  ]
}

function facts(health: Partial<Health>): [string, string | null][] {
  const lang = language.value
  const share = (value: number | null | undefined) => (typeof value === 'number' ? percent(value, lang) : null)
  const rows: [string, string | null][] = [
    [t('health.gate'), health.gate ? t.code('health.gate-', health.gate) : null],
    [
      t('health.uplink'),
      typeof health.uplinkMilliseconds === 'number' ? milliseconds(health.uplinkMilliseconds, lang) : t('health.no-answer'),
    ],
    ...(health.uplinkProbes === undefined ? [] : probeRows(health.uplinkProbes)),
    ...(health.dnsMilliseconds === undefined
      ? []
      : [row(t('health.dns'), health.dnsMilliseconds === null ? t('health.no-answer') : milliseconds(health.dnsMilliseconds, lang))]),
    ...(health.storage === undefined
      ? []
      : [row(t('health.storage'), t(health.storage ? 'health.storage-works' : 'health.storage-fails'))]),
    [t('health.cpu'), share(health.cpu)],
    [t('health.memory'), share(health.memoryUsed)],
    [t('health.disk'), share(health.diskUsed)],
    [t('health.temperature'), typeof health.temperatureCelsius === 'number' ? `${number(health.temperatureCelsius, lang)} °C` : null],
  ]
  if (typeof health.uptimeSeconds === 'number') {
    const { unit, n } = span(health.uptimeSeconds * 1_000)
    rows.push([t('health.uptime'), ui(`span.${unit}`, { n })])
  }
  if (typeof health.outboxRecords === 'number') rows.push([t('road.waiting'), number(health.outboxRecords, lang)])
  if (health.radius) rows.push([t('health.radius'), `${number(health.radius.accepts, lang)} / ${number(health.radius.rejects, lang)}`])
  if (health.version) rows.push([t('health.version'), health.version])
  return rows
}
