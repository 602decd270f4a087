/**
 * One simulated hotspot box. What it says is invented (diary.ts); its outbox, clock rules, uplink, back-off and conversation
 * with central are the product's own code. It can lose its power, its line, its card and its idea of the time.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Backoff } from '#edge/telemetry/backoff.ts'
import type { UplinkTimes } from '#edge/telemetry/connection.ts'
import { OutboxFull, type Outbox } from '#edge/telemetry/outbox.ts'
import { startUplink, type Uplink, type UplinkOptions } from '#edge/telemetry/uplink.ts'
import type { DecodedDesired } from '#edge/wire/desired.ts'
import type { Lane, RecordKind } from '#edge/wire/envelope.ts'
import type { RecordBodies } from '#edge/wire/schemas.ts'
import { PowerCut, type Told } from './card.ts'
import type { CityTime } from './city-time.ts'
import type { Diary, Self } from './diary.ts'
import { powerUp, type Power } from './power.ts'
import { RIGHT, type WallClock } from './wall-clock.ts'

export type BoxOptions = {
  node: string
  mqtt: UplinkOptions['mqtt']
  version: string
  cardFile: string
  diary: Diary
  time: CityTime
  /** The first look that is written down when the card is empty; later ones go on where the card ends. Absent: from now on. */
  fillFrom?: number
  /** Since when it has been up when its power first comes on here: a start of this program is not a reboot of the box. */
  upSince?: number
  /** A number that grows with each boot of this box, over all starts of the program. */
  nextBoot: () => number
  /** Version of the access policy it runs by; kept by whoever runs the city. */
  settings: { version: number }
  told?: Told
  groupSeconds?: number
  outboxBytesMax?: number
  /** How far back a central that was restored from a backup can be filled again, in records. */
  ackedTailRecords?: number
  times?: Partial<UplinkTimes>
  backoff?: Backoff
  log?: (line: string) => void
}

/** The product's own default for a hotspot (edge/config.ts). */
const GROUP_SECONDS = 30
const OUTBOX_BYTES_MAX = 64 * 1024 * 1024
const ACKED_TAIL_RECORDS = 500
/** A past that is filled in goes out in portions: the card need not hold all of it at once. */
const PAST_WAITING_MAX = 1_000
/** What is older than this when it is written down belongs to the past and not to a late timer. */
const PAST_MILLISECONDS = 5 * 60_000
/** Central's acks move the past on; this is for when none come. */
const PAST_AGAIN_MILLISECONDS = 500
const LOOK_MILLISECONDS_MIN = 20
/** Applying takes a real box a moment, each its own; so a change runs through the city and not over it. */
const APPLY_MILLISECONDS = { least: 300, most: 4_000 }

type Powered = Power & { upSince: number; uplink: Uplink | undefined }

export type Box = ReturnType<typeof simulateBox>

export function simulateBox(options: BoxOptions) {
  const { node, time, diary, log = () => undefined } = options
  let powered: Powered | undefined
  let wall: WallClock = RIGHT
  /** The moment that is being written down, when it is not the present. */
  let moment: number | undefined
  /** Everything up to here is written down. */
  let written = 0
  let boots = 0
  let silent = false
  let timer: NodeJS.Timeout | undefined
  let refused = 0
  let dropped = 0
  /** Power and line change one after the other, however fast they are asked to. */
  let changing = Promise.resolve()
  const inTurn = (change: () => Promise<void>): Promise<void> => (changing = changing.then(change))

  /** Counting what waits asks the card, and few looks need it. */
  const self = ({ outbox, upSince }: Powered): Self => ({
    bootedAt: upSince,
    get outbox() {
      const counters = outbox.counters()
      dropped = counters.dropped
      return counters
    },
  })

  async function boot(): Promise<void> {
    const power = await powerUp({
      file: options.cardFile,
      bytesMax: options.outboxBytesMax ?? OUTBOX_BYTES_MAX,
      groupSeconds: options.groupSeconds ?? GROUP_SECONDS,
      ackedTailRecords: options.ackedTailRecords ?? ACKED_TAIL_RECORDS,
      log: (line) => log(`${node}: ${line}`),
      boot: options.nextBoot(),
      now: () => moment ?? time.now(),
      wall: () => wall,
      told: (epoch, rows) => options.told?.(epoch, rows),
    })
    boots += 1
    const upSince = boots === 1 ? (options.upSince ?? power.bootedAt) : power.bootedAt
    powered = { ...power, upSince, uplink: undefined }
    written = Math.max(written, options.fillFrom === undefined ? power.bootedAt : (lastOn(power.outbox) ?? options.fillFrom))
  }

  function connect(): void {
    if (!powered || powered.uplink) return
    const at = powered
    at.uplink = startUplink({
      node,
      mqtt: options.mqtt,
      version: options.version,
      outbox: at.outbox,
      liveStatus: () => diary.latest(time.now(), self(at)),
      onKept: () => undefined,
      settings: { reported: () => ({ version: options.settings.version }), take: applySettings },
      onAck(ack) {
        // Central lives in the real time, the city perhaps in a past that runs faster.
        at.clock.hint(ack.at + (time.now() - Date.now()))
        writeDown()
      },
      clockTrusted: () => at.clock.trust() !== 'none',
      times: options.times ?? {},
      ...(options.backoff && { backoff: options.backoff }),
      now: at.clock.now,
    })
  }

  /** There is nobody to apply it to: a simulated box runs by what it was sent as soon as it has read it. */
  async function applySettings(decoded: DecodedDesired): Promise<boolean> {
    if (!decoded.ok || decoded.value.version === options.settings.version) return false
    await pause(APPLY_MILLISECONDS.least + Math.random() * (APPLY_MILLISECONDS.most - APPLY_MILLISECONDS.least))
    options.settings.version = decoded.value.version
    record('notice', { kind: 'policy-applied', count: 1 })
    return true
  }

  /** @returns whether the box took it. */
  function record<K extends RecordKind>(kind: K, body: RecordBodies[K], at?: number): boolean {
    if (!powered) return false
    const before = moment
    moment = at ?? before
    try {
      powered.outbox.record(kind, body)
      return true
    } catch (error) {
      // As a real box: nothing was promised to whoever brought it.
      if (!(error instanceof OutboxFull) && !(error instanceof PowerCut)) throw error
      refused += 1
      return false
    } finally {
      moment = before
    }
  }

  /** All looks that are due; of a long past only as much as central can be asked to take soon. */
  function writeDown(): void {
    const at = powered
    if (!at || silent) return
    let filled = false
    for (let end = diary.nextAt(written); end <= time.now(); end = diary.nextAt(written)) {
      const isPast = end < time.now() - PAST_MILLISECONDS
      if (isPast && untaken(at, 't') > PAST_WAITING_MAX) break
      for (const { kind, body } of diary.at(end, self(at)) as { kind: RecordKind; body: never }[]) record(kind, body, end)
      written = end
      filled ||= isPast
    }
    if (filled) at.outbox.flush()
  }

  const untaken = ({ outbox, uplink }: Powered, lane: Lane): number => outbox.bounds(lane).hi - (uplink?.centralMark()?.[lane] ?? 0)

  function beat(): void {
    if (!powered) return
    writeDown()
    const next = diary.nextAt(written)
    timer = setTimeout(beat, next <= time.now() ? PAST_AGAIN_MILLISECONDS : Math.max(LOOK_MILLISECONDS_MIN, time.until(next)))
  }

  async function shutDown(isCut: boolean): Promise<void> {
    const at = powered
    if (!at) return
    clearTimeout(timer)
    if (isCut) at.cut()
    powered = undefined
    await at.uplink?.close()
    at.off(isCut)
  }

  return {
    node,
    cardFile: options.cardFile,
    record,
    /** @param online false: the line is dead. */
    powerOn: (online = true): Promise<void> =>
      inTurn(async () => {
        if (!powered) {
          await boot()
          // A box that starts says so, which also ends what was wrong with it before.
          record('notice', { kind: 'start', count: 1 })
          beat()
        }
        if (online) connect()
      }),
    /** What is not committed is gone. The line should be dead by then, or the box still says goodbye. */
    cutPower: (): Promise<void> => inTurn(() => shutDown(true)),
    plugIn: (): Promise<void> => inTurn(() => Promise.resolve(connect())),
    pullOut: (): Promise<void> =>
      inTurn(async () => {
        const ending = powered?.uplink
        if (powered) powered.uplink = undefined
        await ending?.close()
      }),
    /** Ends in order: everything that waits is committed. */
    close: (): Promise<void> => inTurn(() => shutDown(false)),
    /** Does something to its card between two changes of power and line, when no commit is under way. */
    whenStill: (change: () => void): Promise<void> => inTurn(() => Promise.resolve(change())),
    /** From now on it writes nothing down, and commits what waits. */
    fallSilent(): void {
      silent = true
      powered?.outbox.flush()
    },
    setWall(next: WallClock): void {
      wall = next
    },
    isSilent: () => silent,
    isOn: () => powered !== undefined,
    isConnected: () => powered?.uplink?.connected() ?? false,
    /** Committed, and by central's word not there yet; undefined before it has answered. */
    behind(lane: Lane): number | undefined {
      const mark = powered?.uplink?.centralMark()
      if (!mark || !powered) return undefined
      const { lo, hi } = powered.outbox.bounds(lane)
      // Of an emptied lane nothing can be sent, though its numbers go on.
      return lo > hi ? 0 : Math.max(0, hi - mark[lane])
    },
    /** The highest numbers committed so far, by lane. */
    committed: (): Record<Lane, number> => ({ t: powered?.outbox.bounds('t').hi ?? 0, e: powered?.outbox.bounds('e').hi ?? 0 }),
    /** By central's word. */
    isAtCentral: (upTo: Record<Lane, number>): boolean => {
      const mark = powered?.uplink?.centralMark()
      return mark !== undefined && mark.t >= upTo.t && mark.e >= upTo.e
    },
    /** Looks up to this moment are written down. */
    writtenTo: () => written,
    counters: () => ({
      refused,
      dropped,
      connections: powered?.uplink?.counters().connections ?? 0,
    }),
  }
}

/** When the newest look on this card was. */
function lastOn(outbox: Outbox): number | undefined {
  const { lo, hi } = outbox.bounds('t')
  return lo > hi ? undefined : outbox.pending('t', hi - 1, 1)[0]?.at
}
