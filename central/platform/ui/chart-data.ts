/** Shaping series for drawing; pure, so that gaps stay gaps by test. */

export type Line = readonly (number | null)[]

/**
 * Points on an even grid: where an expected interval is missing from `times`, a null is put, so that silence is drawn as a
 * gap and never as a straight line between two truths.
 */
export function withGaps(
  times: readonly number[],
  lines: readonly Line[],
  intervalMs: number,
): { times: number[]; lines: (number | null)[][] } {
  const outTimes: number[] = []
  const outLines: (number | null)[][] = lines.map(() => [])
  times.forEach((t, index) => {
    const previous = times[index - 1]
    if (previous !== undefined && t - previous > intervalMs * 1.5) {
      outTimes.push(previous + intervalMs)
      for (const line of outLines) line.push(null)
    }
    outTimes.push(t)
    lines.forEach((line, which) => outLines[which]?.push(line[index] ?? null))
  })
  return { times: outTimes, lines: outLines }
}

export type Box = { width: number; height: number }

/** SVG path segments of a line in a box, one per unbroken stretch; a lone point becomes a short dash. */
export function paths(times: readonly number[], line: Line, box: Box, top: number): string[] {
  const first = times[0]
  const last = times.at(-1)
  if (first === undefined || last === undefined || top <= 0) return []
  const across = Math.max(1, last - first)
  const at = (index: number, value: number) =>
    [((times[index]! - first) / across) * box.width, box.height - (Math.min(value, top) / top) * box.height]
      .map((n) => n.toFixed(1))
      .join(' ')
  const segments: string[] = []
  let open = ''
  line.forEach((value, index) => {
    if (value === null) {
      if (open !== '') segments.push(open)
      open = ''
    } else open += `${open === '' ? 'M' : 'L'}${at(index, value)}`
  })
  if (open !== '') segments.push(open)
  return segments.map((segment) => (segment.includes('L') ? segment : `${segment}h1`))
}

/** The path closed down to the base line, to be filled. */
export const filled = (segment: string, box: Box): string => {
  const start = /^M([\d.-]+) /.exec(segment)?.[1] ?? '0'
  const end = /([\d.-]+) [\d.-]+$/.exec(segment)?.[1] ?? start
  return segment.endsWith('h1') ? '' : `${segment}L${end} ${box.height}L${start} ${box.height}Z`
}
