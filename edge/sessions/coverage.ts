/** Which bytes of a file a device has been sent, as sorted, disjoint [from, to) spans: sending one half twice is not the whole. */
export type Coverage = { size: number; spans: [from: number, to: number][] }

/** A player asks for a handful of ranges; a device that leaves more holes than this is not watching a clip. */
const SPANS_MAX = 64

export function cover(coverage: Coverage, from: number, to: number): void {
  if (to <= from) return
  const kept: [number, number][] = []
  let start = from
  let end = to
  for (const span of coverage.spans) {
    if (span[1] < start || span[0] > end) kept.push(span)
    else {
      start = Math.min(start, span[0])
      end = Math.max(end, span[1])
    }
  }
  if (kept.length >= SPANS_MAX) return
  kept.push([start, end])
  coverage.spans = kept.sort((a, b) => a[0] - b[0])
}

export function coveredShare(coverage: Coverage): number {
  if (coverage.size <= 0) return 0
  let bytes = 0
  for (const [from, to] of coverage.spans) bytes += to - from
  return bytes / coverage.size
}
