/** One simulated hotspot: the real uplink over an outbox that costs next to nothing, because its telemetry is a tape. */
import { createHash } from 'node:crypto'
import type { UplinkOutbox } from '#edge/telemetry/outbox.ts'
import { startUplink, type Uplink } from '#edge/telemetry/uplink.ts'
import { setTimeout as pause } from 'node:timers/promises'
import type { Lane, RecordKind, WireRecord } from '#edge/wire/envelope.ts'
import type { DecodedDesired } from '#edge/wire/desired.ts'
import type { RecordBodies } from '#edge/wire/schemas.ts'
import type { EventLane } from './city-state.ts'
import { mishapAt } from './mishaps.ts'
import type { Place } from './places.ts'
import { chanceOf } from './random.ts'
import { openTape } from './tape.ts'

export type HotspotOptions = {
  place: Pick<Place, 'node' | 'profile'>
  mqtt: { url: string; token: string; centralKey: string }
  base: number
  everySeconds: number
  generation: string
  /** Kept by the city between starts; changed in place. */
  events: EventLane
  version: string
  /** Version of the access policy it runs by; kept by the city between starts. */
  settings: { version: number }
  onEvent: () => void
  now: () => number
}

/** An outbox of a real box keeps 8 MB of events; here a city that nobody connects must not eat memory. */
const EVENTS_MAX = 500
/** Applying takes a real box a moment, each its own; so a change runs through the city and not over it. */
const APPLY_MS = { least: 300, most: 4_000 }

export function simulateHotspot(options: HotspotOptions) {
  const { place, events, now } = options
  const epoch = createHash('sha256').update(`${options.generation}|${place.node}`).digest('hex').slice(0, 16)
  const tape = openTape({ ...place, base: options.base, everySeconds: options.everySeconds, version: options.version })
  const listeners = new Set<() => void>()
  const committed = () => {
    for (const listener of listeners) listener()
  }

  const record = <K extends RecordKind>(kind: K, body: RecordBodies[K], at = now()): number => {
    if (events.records.length >= EVENTS_MAX) return events.hi
    events.hi += 1
    events.records.push({ seq: events.hi, at, mono: Math.max(0, tape.mono(at)), clock: 'ntp', kind, body })
    options.onEvent()
    committed()
    return events.hi
  }

  const outbox: UplinkOutbox = {
    record: (kind, body) => record(kind, body),
    eventDelivered: (seq) => seq <= events.mark,
    epoch: () => epoch,
    bounds: (lane) => (lane === 't' ? { lo: 1, hi: tape.hi(now()) } : { lo: events.records[0]?.seq ?? events.hi + 1, hi: events.hi }),
    pending: (lane, afterSeq, limit) =>
      lane === 't' ? readTape(afterSeq, limit) : events.records.filter(({ seq }) => seq > afterSeq).slice(0, limit),
    acked(ack) {
      if (ack.e === events.mark) return
      // The city's state may be an older copy; central's word is the later one.
      events.hi = Math.max(events.hi, ack.e)
      events.mark = ack.e
      events.records = events.records.filter(({ seq }) => seq > ack.e)
      options.onEvent()
    },
    onCommitted(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const readTape = (afterSeq: number, limit: number): WireRecord[] => {
    const count = Math.max(0, Math.min(limit, tape.hi(now()) - afterSeq))
    return Array.from({ length: count }, (_, i) => tape.record(afterSeq + 1 + i))
  }

  /** There is nobody to apply it to: a simulated box runs by what it was sent as soon as it has read it. */
  async function applySettings(decoded: DecodedDesired): Promise<boolean> {
    if (!decoded.ok || decoded.value.version === options.settings.version) return false
    await pause(APPLY_MS.least + chanceOf(place.node, decoded.value.version) * (APPLY_MS.most - APPLY_MS.least))
    options.settings.version = decoded.value.version
    record('notice', { kind: 'policy-applied', count: 1 })
    return true
  }

  let uplink: Uplink | undefined
  let closing: Promise<void> | undefined
  const connect = () => {
    uplink = startUplink({
      node: place.node,
      mqtt: options.mqtt,
      version: options.version,
      outbox,
      liveStatus: () => tape.latest(now()),
      onKept: () => {},
      settings: { reported: () => ({ version: options.settings.version }), take: applySettings },
      times: { statusSeconds: options.everySeconds },
      now,
    })
  }

  return {
    node: place.node,
    record,
    /** Called at least once per interval: sends what is new, and pulls the plug while the line is dead. */
    async tick(): Promise<void> {
      await closing
      const isDead = mishapAt(place.node, now()) === 'outage'
      if (isDead && uplink) await this.close()
      else if (!isDead && !uplink) connect()
      else committed()
    },
    nextAt: () => tape.nextAt(now()),
    connected: () => uplink?.connected() ?? false,
    /** Telemetry that central does not have yet; undefined before it has answered. */
    behind(lane: Lane = 't'): number | undefined {
      const mark = uplink?.centralMark()
      return mark && outbox.bounds(lane).hi - mark[lane]
    },
    async close(): Promise<void> {
      const ending = uplink
      uplink = undefined
      closing = ending?.close()
      await closing
    },
  }
}

export type SimulatedHotspot = ReturnType<typeof simulateHotspot>
