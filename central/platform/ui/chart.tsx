/** A time chart by uPlot with its table equivalent. Colours come from the tokens at drawing time, times are WIB. */
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import './chart.css'
import { useEffect, useRef, useState } from 'preact/hooks'
import { type Line, withGaps } from './chart-data.ts'
import { clock, day, moment } from './format.ts'
import { language } from './language.ts'
import { theme } from './theme.ts'
import { ui } from './ui-words.ts'

export type ChartLine = { label: string; values: Line; tone: 'brand' | 'info' | 'warn' | 'down'; dash?: boolean }
type Props = {
  title: string
  times: readonly number[]
  lines: readonly ChartLine[]
  intervalSeconds: number
  /** The whole asked span, so that a missing beginning is seen as missing. */
  from: number
  to: number
  format: (value: number) => string
  /** A fixed top for shares; otherwise the data decides. */
  top?: number
  /** For what is counted in whole things: no tick stands between two of them. */
  whole?: boolean
}

const HEIGHT = 170
/** An empty place still has an axis of a few people, not of halves. */
const WHOLE_TOP_MIN = 4
const WHOLE_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000]
/** A table of more rows than this is no equivalent but a punishment; the newest are kept. */
const TABLE_ROWS_MAX = 300

export function Chart(props: Props) {
  const [asTable, setAsTable] = useState(false)
  return (
    <figure class="chart">
      <figcaption class="row">
        <h3>{props.title}</h3>
        <ul class="legend row small">
          {props.lines.map((line) => (
            <li key={line.label}>
              <span class={`swatch ${line.tone} ${line.dash ? 'dash' : ''}`} />
              {line.label} <strong class="tabular">{lastValue(line.values, props.format)}</strong>
            </li>
          ))}
        </ul>
        <button type="button" class="button plain small" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? ui('chart.show') : ui('table.show')}
        </button>
      </figcaption>
      {asTable ? <ChartTable {...props} /> : <Plot {...props} />}
    </figure>
  )
}

function lastValue(values: Line, format: (value: number) => string): string {
  const last = values.at(-1)
  return last === null || last === undefined ? '–' : format(last)
}

function Plot({ title, times, lines, intervalSeconds, from, to, format, top, whole = false }: Props) {
  const host = useRef<HTMLDivElement>(null)
  const shownTheme = theme.value
  const lang = language.value
  useEffect(() => {
    const element = host.current
    if (!element) return undefined
    const spaced = withGaps(
      times,
      lines.map((line) => line.values),
      intervalSeconds * 1_000,
    )
    const data = [spaced.times.map((t) => t / 1_000), ...spaced.lines] as uPlot.AlignedData
    const plot = new uPlot(plotOptions(element, { lines, from, to, format, whole, ...(top === undefined ? {} : { top }) }), data, element)
    const resize = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }))
    resize.observe(element)
    return () => {
      resize.disconnect()
      plot.destroy()
    }
  }, [times, lines, from, to, shownTheme, lang])
  return <div class="plot" ref={host} role="img" aria-label={title} />
}

function plotOptions(
  element: HTMLElement,
  { lines, from, to, format, top, whole }: Pick<Props, 'lines' | 'from' | 'to' | 'format' | 'top'> & { whole: boolean },
): uPlot.Options {
  const style = getComputedStyle(document.documentElement)
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim()
  const long = to - from > 36 * 3_600_000
  const axis = {
    stroke: colour('muted'),
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
    font: `12px ${style.getPropertyValue('--font')}`,
  }
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [8, 28, 0, 0],
    legend: { show: false },
    cursor: { y: false, sync: { key: 'screen' }, drag: { x: false, y: false } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'Asia/Jakarta'),
    scales: {
      x: { time: true, range: [from / 1_000, to / 1_000] },
      y: { range: (_plot, _min, max) => [0, top ?? Math.max(whole ? WHOLE_TOP_MIN : 1, max * 1.12)] },
    },
    axes: [
      {
        ...axis,
        size: 30,
        space: 70,
        values: (_plot, ticks) => ticks.map((tick) => (long ? day(tick * 1_000, language.value) : clock(tick * 1_000, language.value))),
      },
      {
        ...axis,
        size: 74,
        space: 34,
        ...(whole ? { incrs: WHOLE_STEPS } : {}),
        values: (_plot, ticks) => ticks.map((tick) => format(tick)),
      },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        label: line.label,
        stroke: colour(line.tone),
        width: 2,
        ...(line.dash ? { dash: [6, 4] } : { fill: `${colour(line.tone)}1c` }),
        spanGaps: false,
        points: { show: false },
      })),
    ],
    plugins: [readout(lines, format)],
  }
}

/** The values under the pointer, in words; made of text nodes only. */
function readout(lines: readonly ChartLine[], format: (value: number) => string): uPlot.Plugin {
  const tip = document.createElement('div')
  tip.className = 'plot-tip'
  return {
    hooks: {
      init: (plot) => plot.over.append(tip),
      setCursor: (plot) => {
        const index = plot.cursor.idx
        const time = typeof index === 'number' ? plot.data[0][index] : undefined
        if (typeof index !== 'number' || time === undefined || (plot.cursor.left ?? -1) < 0) {
          tip.hidden = true
          return
        }
        const parts = lines.map((line, which) => {
          const value = plot.data[which + 1]?.[index]
          return `${line.label} ${value === null || value === undefined ? ui('chart.gap') : format(value)}`
        })
        tip.hidden = false
        tip.textContent = [moment(time * 1_000, language.value), ...parts].join(' · ')
        tip.classList.toggle('left', (plot.cursor.left ?? 0) > plot.over.clientWidth / 2)
      },
    },
  }
}

function ChartTable({ times, lines, format, title }: Props) {
  const start = Math.max(0, times.length - TABLE_ROWS_MAX)
  const rows = times
    .slice(start)
    .map((t, index) => ({ t, index: start + index }))
    .toReversed()
  return (
    <div class="chart-table" tabIndex={0} role="region" aria-label={title}>
      <table>
        <thead>
          <tr>
            <th scope="col">{ui('chart.time')}</th>
            {lines.map((line) => (
              <th scope="col" class="number" key={line.label}>
                {line.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ t, index }) => (
            <tr key={t}>
              <td>{moment(t, language.value)}</td>
              {lines.map((line) => {
                const value = line.values[index]
                return (
                  <td class="number" key={line.label}>
                    {value === null || value === undefined ? <span class="muted">{ui('chart.gap')}</span> : format(value)}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
