/** From what was measured on both sides to rows with the targets beside them. Pure. */
import type { BenchRow } from '../row.ts'
import type { Memory } from './memory.ts'
import { quantile } from './quantile.ts'

export type Counts = {
  warm: number
  redirects: number
  splashes: number
  accepts: number
  onboardings: number
  requestsAtOnce: number
  onboardingsAtOnce: number
}

/** Times in milliseconds. `clients`: who was let in, in this order. `failed`: why something did not work, one line each. */
export type Side = {
  counts: Counts
  clients: number[]
  failed: string[]
  redirectCpu: number
  splashCpu: number
  acceptMs: number[]
  onboardingCpu: number
  onboardingsPerSecond: number
  online: number
}

export type Compared = {
  ours: Side
  theirs: Side
  memory: { edge: Memory; gate: Memory }
  theirMemory: Memory
  radius: number
  gigabits: Record<'bare' | 'ours' | 'theirs', number[]>
  crashes: number
}

export function comparisonRows({ ours, theirs, memory, theirMemory, radius, gigabits, crashes }: Compared): BenchRow[] {
  const crashed = `; openNDS ended by itself ${crashes} times and was started again`
  const [bare, through, chained] = (['bare', 'ours', 'theirs'] as const).map((name) => quantile(gigabits[name], 0.5)) as [
    number,
    number,
    number,
  ]
  const resident = memory.edge.resident + memory.gate.resident
  const expected = ours.clients.length
  const missed = expected - ours.online
  const counted = (what: string, mine: number, other: number): string => `${what}: ours ${mine} times, theirs ${other}`
  return [
    less(
      'CPU per redirect of a probe',
      'ms',
      ours.redirectCpu,
      theirs.redirectCpu,
      250,
      counted('everything the product runs, nft and shells too', ours.counts.redirects, theirs.counts.redirects),
    ),
    less(
      'CPU per welcome page',
      'ms',
      ours.splashCpu,
      theirs.splashCpu,
      500,
      counted('a device new to the box: our page with its row on disk, gzipped', ours.counts.splashes, theirs.counts.splashes),
    ),
    less(
      'accept to first packet, p50',
      'ms',
      quantile(ours.acceptMs, 0.5),
      quantile(theirs.acceptMs, 0.5),
      30,
      counted(
        'from the request that lets online to a packet answered by the internet, one after the other',
        ours.acceptMs.length,
        theirs.acceptMs.length,
      ),
    ),
    {
      ...plain('accept to first packet, p99', 'ms', quantile(ours.acceptMs, 0.99), 'of the same'),
      theirs: round(quantile(theirs.acceptMs, 0.99)),
      ...held('< 150', quantile(ours.acceptMs, 0.99) < 150),
    },
    {
      ...plain(
        'whole onboardings',
        '1/s',
        ours.onboardingsPerSecond,
        `probe, redirect, page, accept, first packet; ours ${ours.counts.onboardings} devices, ${ours.counts.onboardingsAtOnce} at once, with the watch time at its shortest, 1 s; theirs ${theirs.counts.onboardings}, ${theirs.counts.onboardingsAtOnce} at once, without any${crashed}`,
      ),
      theirs: round(theirs.onboardingsPerSecond),
      ratio: `${round(ours.onboardingsPerSecond / theirs.onboardingsPerSecond)}x`,
      ...held('>= 60x', ours.onboardingsPerSecond >= 60 * theirs.onboardingsPerSecond),
    },
    less('CPU per onboarding', 'ms', ours.onboardingCpu, theirs.onboardingCpu, 100, 'of the same onboardings'),
    {
      ...plain(
        `onboarding ${expected} devices, errors`,
        '',
        missed,
        `counted at the phones: whoever did not get a packet from the internet${sample(ours.failed)}`,
      ),
      ...held('0', missed === 0 && ours.failed.length === 0),
    },
    {
      ...plain(
        `forwarding, ${expected} devices online`,
        'Gbit/s',
        through,
        `iperf3, TCP up, the device let in last, median of ${gigabits.ours.length} rounds in turn; without any rules ${round(bare)} Gbit/s; openNDS's own rules for one device, written for 1,000`,
      ),
      theirs: round(chained),
      ratio: `${round((through / bare) * 100)} % of no rules`,
      ...held('>= 95 %', through >= 0.95 * bare),
    },
    {
      ...plain(
        `memory of edge + gate, ${expected} devices online`,
        'MB',
        resident,
        `resident (RSS) ${round(memory.edge.resident)} + ${round(memory.gate.resident)}, which counts the Node program they share twice; with RADIUS (${radius} logins answered), MQTT and four databases`,
      ),
      theirs: round(theirMemory.resident),
      ...held('<= 130', resident <= 130),
    },
    plain(
      'of it, shared pages by their share',
      'MB',
      memory.edge.share + memory.gate.share,
      `PSS ${round(memory.edge.share)} + ${round(memory.gate.share)}; other Node programs of this machine bear a part`,
    ),
  ]
}

const round = (value: number): number => Number(value.toPrecision(3))

const plain = (figure: string, unit: string, value: number, method: string): BenchRow => ({
  benchmark: 'gate',
  figure,
  unit,
  value: round(value),
  method,
})

const held = (target: string, met: boolean): Pick<BenchRow, 'target'> => ({ target: `${target}: ${met ? 'met' : 'NOT MET'}` })

/** A cost of ours that may be one part in so many of theirs. */
function less(figure: string, unit: string, value: number, theirs: number, parts: number, method: string): BenchRow {
  return {
    ...plain(figure, unit, value, method),
    theirs: round(theirs),
    ratio: `1/${Math.floor(theirs / value)}`,
    ...held(`<= 1/${parts}`, value <= theirs / parts),
  }
}

const sample = (failed: string[]): string => (failed.length === 0 ? '' : `; ${failed.length} steps failed, e.g. ${failed[0]}`)
