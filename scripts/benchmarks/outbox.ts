/** What an append costs a box. How fast records get from there to central's disk: telemetry.ts. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { openOutbox, type Outbox } from '#edge/telemetry/outbox.ts'
import type { Usage } from '#edge/wire/usage.ts'
import type { BenchRow } from './row.ts'

const REPETITIONS = 3
const SECONDS_EACH = 1
const BYTES_MAX = 64 * 1024 * 1024

const usage = (i: number): Usage => ({
  seconds: 60,
  online: i % 40,
  waiting: i % 3,
  upOctets: i * 900,
  downOctets: i * 11_000,
  admitted: i % 2,
  portalPages: i % 9,
})
const session = (i: number) => ({
  id: `p-${i}`,
  source: 'portal' as const,
  event: 'start' as const,
  device: '00112233aabbccdd',
  startedAt: 1_790_000_000_000 + i,
  seconds: 0,
  upOctets: 0,
  downOctets: 0,
})

export async function bench(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-outbox-'))
  try {
    const events = median(repeat((n) => perSecond(join(folder, `e${n}.db`), (outbox, i) => outbox.record('session', session(i)))))
    const telemetry = median(repeat((n) => perSecond(join(folder, `t${n}.db`), (outbox, i) => outbox.record('usage', usage(i)))))
    return [
      row(
        'outbox, events',
        'appends',
        'records/s',
        events,
        `each on disk (WAL, synchronous=FULL) before it returns; median of ${REPETITIONS} × ${SECONDS_EACH} s`,
      ),
      row(
        'outbox, telemetry',
        'appends',
        'records/s',
        telemetry,
        `committed in groups of 500; median of ${REPETITIONS} × ${SECONDS_EACH} s`,
      ),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const row = (benchmark: string, figure: string, unit: string, value: number, method: string): BenchRow => ({
  benchmark,
  figure,
  unit,
  value: Math.round(value),
  method,
})
const repeat = (measure: (n: number) => number) => Array.from({ length: REPETITIONS }, (_, n) => measure(n))
const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

function perSecond(file: string, append: (outbox: Outbox, i: number) => void): number {
  const outbox = openOutbox({ file, bytesMax: BYTES_MAX, groupSeconds: 10 })
  const begun = performance.now()
  let count = 0
  while (performance.now() - begun < SECONDS_EACH * 1000) append(outbox, count++)
  outbox.flush()
  const seconds = (performance.now() - begun) / 1000
  outbox.close()
  return count / seconds
}
