/** A small curve without axes; what it says in words stands beside it. */
import { filled, type Line, paths } from './chart-data.ts'

type Props = { times: readonly number[]; line: Line; label: string; width?: number; height?: number; top?: number }

export function Spark({ times, line, label, width = 320, height = 64, top }: Props) {
  const box = { width, height }
  const highest = top ?? Math.max(1, ...line.filter((value) => value !== null))
  const segments = paths(times, line, box, highest * 1.05)
  return (
    <svg class="spark" viewBox={`0 -2 ${width} ${height + 4}`} preserveAspectRatio="none" role="img" aria-label={label}>
      {segments.map((segment) => (
        <g key={segment.slice(0, 24)}>
          <path d={filled(segment, box)} class="spark-fill" />
          <path d={segment} class="spark-line" />
        </g>
      ))}
      <path d={`M0 ${height}H${width}`} class="spark-base" />
    </svg>
  )
}
