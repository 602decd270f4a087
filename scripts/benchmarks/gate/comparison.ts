/** From what was measured on both sides to rows with the targets beside them. Pure. */
import type { BenchRow } from '../row.ts'
import { SENDERS } from './forwarding.ts'
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

/** Megabytes: RSS of each, and both together with each page counted once. */
export type BoxMemory = { edge: number; gate: number; together: number }

export type Compared = {
  ours: Side
  theirs: Side
  memory: BoxMemory
  /** RSS, megabytes. */
  theirMemory: number
  radius: number
  /** Of each round: no packet filter at all, only the address translation, our gate, openNDS. */
  gigabits: Record<'bare' | 'nat' | 'ours' | 'theirs', number[]>
  crashes: number
}

export function comparisonRows(compared: Compared): BenchRow[] {
  return [...costRows(compared), ...onboardingRows(compared), ...forwardingRows(compared), ...memoryRows(compared)]
}

const times = (what: string, ours: number, theirs: number): string => `${what}; ours ${ours} times, theirs ${theirs}`

function costRows({ ours, theirs }: Compared): BenchRow[] {
  const all = 'all processes of the product, with the shells and nft they start'
  const page = 'a device new to the box, gzipped, its row written to SQLite'
  const packet = 'from the request that lets online to a packet answered by the internet, one device after the other'
  const p99 = quantile(ours.acceptMs, 0.99)
  return [
    less(
      'CPU per redirect of a probe',
      'ms',
      ours.redirectCpu,
      theirs.redirectCpu,
      250,
      times(all, ours.counts.redirects, theirs.counts.redirects),
    ),
    less('CPU per welcome page', 'ms', ours.splashCpu, theirs.splashCpu, 500, times(page, ours.counts.splashes, theirs.counts.splashes)),
    less(
      'accept to first packet, p50',
      'ms',
      quantile(ours.acceptMs, 0.5),
      quantile(theirs.acceptMs, 0.5),
      30,
      times(packet, ours.acceptMs.length, theirs.acceptMs.length),
    ),
    {
      ...plain('accept to first packet, p99', 'ms', p99, 'of the same'),
      theirs: round(quantile(theirs.acceptMs, 0.99)),
      ...held('< 150', p99 < 150),
    },
  ]
}

function onboardingRows({ ours, theirs, crashes }: Compared): BenchRow[] {
  const expected = ours.clients.length
  const missed = expected - ours.online
  const how =
    `probe, redirect, page, accept, first packet; ours ${ours.counts.onboardings} devices, ${ours.counts.onboardingsAtOnce} at once, ` +
    `with the watch time at its shortest, 1 s; theirs ${theirs.counts.onboardings} devices, ${theirs.counts.onboardingsAtOnce} at once, nothing to watch; ` +
    (crashes === 0 ? 'openNDS did not crash' : `openNDS crashed ${crashes} times and was started again`)
  const failed = ours.failed.length === 0 ? '' : `; ${ours.failed.length} steps failed, e.g. ${ours.failed[0]}`
  return [
    {
      ...plain('whole onboardings', '1/s', ours.onboardingsPerSecond, how),
      theirs: round(theirs.onboardingsPerSecond),
      ratio: `${round(ours.onboardingsPerSecond / theirs.onboardingsPerSecond)}x`,
      ...held('>= 60x', ours.onboardingsPerSecond >= 60 * theirs.onboardingsPerSecond),
    },
    less('CPU per onboarding', 'ms', ours.onboardingCpu, theirs.onboardingCpu, 100, 'of the same onboardings'),
    {
      ...plain(`onboarding ${expected} devices, errors`, '', missed, `at the phones: who got no packet from the internet${failed}`),
      ...held('0', missed === 0 && ours.failed.length === 0),
    },
  ]
}

/** Without a gate such a box translates addresses and no more; without even that, no private network gets an answer. */
function forwardingRows({ ours, gigabits }: Compared): BenchRow[] {
  const { bare, nat, ours: through, theirs } = mapValues(gigabits, (rates) => quantile(rates, 0.5))
  const figure = `forwarding, ${ours.clients.length} devices online`
  const how =
    `iperf3, TCP up, ${SENDERS} devices at once, those let in last, median of ${gigabits.ours.length} rounds in turn; ` +
    `no rules but the address translation ${round(nat)} Gbit/s; openNDS with its own rules for one device written for 1,000`
  return [
    {
      ...plain(figure, 'Gbit/s', through, how),
      theirs: round(theirs),
      ratio: `${round((through / nat) * 100)} % of no rules`,
      ...held('>= 95 %', through >= 0.95 * nat),
    },
    {
      ...plain(
        `${figure}, beside bare routing`,
        'Gbit/s',
        through,
        `of the same; routed both ways without any translation ${round(bare)} Gbit/s`,
      ),
      ratio: `${round((through / bare) * 100)} % of bare routing`,
    },
  ]
}

const mapValues = <Key extends string, From, To>(from: Record<Key, From>, to: (value: From) => To): Record<Key, To> =>
  Object.fromEntries(Object.entries<From>(from).map(([key, value]) => [key, to(value)])) as Record<Key, To>

function memoryRows({ ours, memory, theirMemory, radius }: Compared): BenchRow[] {
  const { edge, gate, together } = memory
  const resident = edge + gate
  const of = `edge + gate, ${ours.clients.length} devices online`
  return [
    {
      ...plain(
        `memory (RSS), ${of}`,
        'MB',
        resident,
        `${round(edge)} + ${round(gate)}, the Node program they share counted twice; RADIUS (${radius} logins), MQTT and SQLite in use`,
      ),
      theirs: round(theirMemory),
      ...held('<= 130', resident <= 130),
    },
    plain(`memory, ${of}`, 'MB', together, 'of the same: each page of memory counted once'),
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
