import { useMemo } from 'preact/hooks'
import { Chart, type ChartLine } from '../../platform/ui/chart.tsx'
import { milliseconds, number, percent, rate, span } from '../../platform/ui/format.ts'
import { language } from '../../platform/ui/language.ts'
import { Age } from '../../platform/ui/time.tsx'
import { ui } from '../../platform/ui/ui-words.ts'
import type { HotspotPage } from '../api.ts'
import { columns, hasAny, type Range, RANGE_MS } from './series.ts'
import { t } from './noc-words.ts'

export function HotspotCharts({ page, range }: { page: HotspotPage; range: Range }) {
  const lang = language.value
  const data = useMemo(() => columns(page.series, page.intervalSeconds), [page])
  const lines = useMemo<Record<'online' | 'traffic' | 'health' | 'uplink', ChartLine[]>>(
    () => ({
      online: [{ label: t('col.online'), values: data.online, tone: 'brand' }],
      traffic: [
        { label: t('chart.down'), values: data.downRate, tone: 'info' },
        { label: t('chart.up'), values: data.upRate, tone: 'warn', dash: true },
      ],
      health: [
        { label: t('chart.cpu'), values: data.cpu, tone: 'brand' },
        { label: t('chart.memory'), values: data.memory, tone: 'info', dash: true },
      ],
      uplink: [{ label: t('health.uplink'), values: data.uplink, tone: 'brand' }],
    }),
    [data, lang],
  )
  const last = data.times.at(-1)
  if (last === undefined) return <p class="empty">{t('chart.none')}</p>
  const interval = span(page.intervalSeconds * 1_000)
  const common = { times: data.times, intervalSeconds: page.intervalSeconds, from: page.at - RANGE_MS[range], to: page.at }
  return (
    <>
      <p class="small muted">
        {t('chart.interval', { span: ui(`span.${interval.unit}`, { n: interval.n }) })}{' '}
        <Age at={last} staleAfter={page.intervalSeconds * 3_000} />
      </p>
      <Chart {...common} title={t('chart.online')} lines={lines.online} format={(value) => number(value, lang)} whole />
      <Chart {...common} title={t('chart.traffic')} lines={lines.traffic} format={(value) => rate(value, lang)} />
      {(hasAny(data.cpu) || hasAny(data.memory)) && (
        <Chart {...common} title={t('chart.health')} lines={lines.health} top={1} format={(value) => percent(value, lang)} />
      )}
      {hasAny(data.uplink) && (
        <Chart {...common} title={t('chart.uplink')} lines={lines.uplink} format={(value) => milliseconds(value, lang)} whole />
      )}
    </>
  )
}
