/** A day at a hotspot, by its kind: how many people, how much they load, how the box feels. Pure, from name and time. */
import type { OutboxCounters } from '#edge/telemetry/outbox.ts'
import type { Health } from '#edge/wire/health.ts'
import type { Play } from '#edge/wire/play.ts'
import type { Usage } from '#edge/wire/usage.ts'

import { mishapAt, type Mishap } from './mishaps.ts'
import type { Profile } from './places.ts'
import { chanceOf, hashOf, smoothNoise } from './random.ts'
import { silentDevicesAt } from './sites.ts'

/** Waktu Indonesia Barat, no summer time. */
const WIB_HOURS = 7
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Where the clip of the welcome page is counted; the box's real clip has the same id. */
const CLIP = 'layanan-kota'
/** A visit lasts so long on average; what comes in equals what goes out. */
const STAY_SECONDS = 1_500
const OCTETS_PER_VISITOR_SECOND = 62_000

/** Bell curves over the hours of a day: around when, how wide, how many people at the top; `works`: shut at weekends. */
type Peak = { hour: number; width: number; people: number }
const DAYS: Record<Profile, { night: number; peaks: Peak[]; weekend: number }> = {
  poskamling: {
    night: 1.5,
    weekend: 1.1,
    peaks: [
      { hour: 19.5, width: 2, people: 11 },
      { hour: 12.5, width: 2.5, people: 3 },
    ],
  },
  taman: {
    night: 1,
    weekend: 1.7,
    peaks: [
      { hour: 17, width: 2, people: 24 },
      { hour: 6.5, width: 1.2, people: 10 },
    ],
  },
  sekolah: {
    night: 0.2,
    weekend: 0.1,
    peaks: [
      { hour: 9.8, width: 1.4, people: 38 },
      { hour: 13, width: 1.5, people: 22 },
    ],
  },
  pasar: {
    night: 1,
    weekend: 1.2,
    peaks: [
      { hour: 6.5, width: 1.8, people: 30 },
      { hour: 10, width: 2, people: 16 },
    ],
  },
  puskesmas: {
    night: 0.3,
    weekend: 0.3,
    peaks: [
      { hour: 9.3, width: 1.6, people: 20 },
      { hour: 12.5, width: 1.2, people: 8 },
    ],
  },
  kelurahan: {
    night: 0.4,
    weekend: 0.15,
    peaks: [
      { hour: 9.5, width: 1.6, people: 15 },
      { hour: 13.8, width: 1.4, people: 9 },
    ],
  },
}

export type Moment = { node: string; profile: Profile; /** End of the interval, Unix milliseconds. */ at: number; everySeconds: number }

export function visitorsAt({ node, profile, at }: Pick<Moment, 'node' | 'profile' | 'at'>): number {
  const { night, peaks, weekend } = DAYS[profile]
  const local = at + WIB_HOURS * HOUR
  const hour = (local % DAY) / HOUR
  // 1 January 1970 was a Thursday: day 2 is Saturday.
  const weekday = (Math.floor(local / DAY) + 4) % 7
  const people = peaks.reduce((sum, peak) => sum + peak.people * Math.exp(-(((hour - peak.hour) / peak.width) ** 2) / 2), night)
  const size = 0.6 + chanceOf(node, 'size') * 0.9
  const noise = 1 + 0.35 * smoothNoise(hashOf(node, 'people'), at, 11 * MINUTE)
  return Math.max(0, Math.round(people * size * noise * (weekday === 0 || weekday === 6 ? weekend : 1)))
}

export function usageAt(moment: Moment): Usage {
  const { node, at, everySeconds } = moment
  const mishap = mishapAt(node, at)
  const online = mishap === 'outage' ? 0 : visitorsAt(moment)
  const hunger = 0.55 + 0.9 * chanceOf(node, at, 'load')
  const downOctets = Math.round(online * OCTETS_PER_VISITOR_SECOND * everySeconds * hunger * (mishap === 'slow' ? 0.15 : 1))
  const admitted = Math.round((online * everySeconds) / STAY_SECONDS + chanceOf(node, at, 'in') - 0.5)
  const waiting = Math.floor(chanceOf(node, at, 'wait') * (1.5 + online * 0.12))
  return {
    seconds: everySeconds,
    online,
    waiting,
    upOctets: Math.round(downOctets * (0.08 + 0.06 * chanceOf(node, at, 'up'))),
    downOctets,
    admitted: Math.max(0, admitted),
    portalPages: Math.max(0, admitted) * 4 + waiting,
  }
}

/** @param outbox the box's own count of what waits. */
export function healthAt(moment: Moment, bootedAt: number, version: string, outbox: Omit<OutboxCounters, 'damaged'>): Health {
  const { node, at } = moment
  const mishap = mishapAt(node, at)
  const online = visitorsAt(moment)
  const minutes = Math.max(0, Math.floor((at - bootedAt) / MINUTE))
  const noise = smoothNoise(hashOf(node, 'box'), at, 7 * MINUTE)
  const accepts = Math.floor(minutes * (0.05 + 0.1 * chanceOf(node, 'radius')))
  const uplink = uplinkMilliseconds(mishap, node, at, noise)
  const silent = silentDevicesAt(moment)
  return {
    cpu: mishap === 'hot' ? 0.97 : fraction(0.07 + online * 0.007 + 0.03 * noise),
    memoryUsed: fraction(0.36 + 0.1 * chanceOf(node, 'memory') + online * 0.002 + 0.01 * noise),
    diskUsed: mishap === 'disk' ? 0.94 : fraction(0.16 + 0.12 * chanceOf(node, 'disk')),
    temperatureCelsius: mishap === 'hot' ? 84.5 : tenth(46 + 7 * chanceOf(node, 'sun') + online * 0.15 + 2 * noise),
    uptimeSeconds: minutes * 60,
    gate: 'enforcing',
    outboxRecords: mishap === 'outbox' ? 184_213 : outbox.records,
    outboxAgeSeconds: mishap === 'outbox' ? 5_400 : outbox.oldestAgeSeconds,
    outboxDropped: mishap === 'outbox' ? 1_500 : outbox.dropped,
    radius: { accepts, rejects: Math.floor(accepts / 23), accounting: accepts * 3, discarded: Math.floor(accepts / 400) },
    uplinkMilliseconds: uplink,
    uplinkProbes: probesOf(uplink, chanceOf(node, at, 'probes')),
    ...(silent && { silentDevices: silent }),
    dnsMilliseconds: mishap === 'dns' || mishap === 'outage' ? null : tenth(14 + 12 * chanceOf(node, 'names') + 3 * Math.max(0, noise)),
    storage: true,
    version,
  }
}

export function playOver(moments: Moment[]): Play {
  const admitted = moments.reduce((sum, moment) => sum + usageAt(moment).admitted, 0)
  const node = moments[0]!.node
  const fallback = Math.floor(admitted * 0.15 * chanceOf(node, moments[0]!.at, 'fallback'))
  const left = Math.round(chanceOf(node, moments[0]!.at, 'left') * 1.4)
  return { clip: CLIP, started: admitted - fallback + left, watched: admitted - fallback, fallback }
}

function uplinkMilliseconds(mishap: Mishap, node: string, at: number, noise: number): number | null {
  if (mishap === 'outage') return null
  if (mishap === 'slow') return Math.round(1_150 + 1_200 * chanceOf(node, at, 'slow'))
  return tenth(9 + 9 * chanceOf(node, 'road') + 4 * Math.max(0, noise))
}

/** One look every ten seconds; a slow line loses one now and then. */
function probesOf(milliseconds: number | null, chance: number): NonNullable<Health['uplinkProbes']> {
  const sent = 6
  if (milliseconds === null) return { sent, answered: 0, p50Milliseconds: null, p95Milliseconds: null }
  const answered = milliseconds > 1_000 ? Math.floor(chance * 3) : chance < 0.02 ? sent - 1 : sent
  if (answered === 0) return { sent, answered, p50Milliseconds: null, p95Milliseconds: null }
  // What is answered late is not among them (edge/telemetry/probe-window.ts).
  const p50 = Math.min(990, milliseconds)
  return { sent, answered, p50Milliseconds: p50, p95Milliseconds: tenth(Math.min(998, p50 * (1.2 + chance))) }
}

const fraction = (value: number) => Math.round(Math.min(1, Math.max(0, value)) * 1_000) / 1_000
const tenth = (value: number) => Math.round(value * 10) / 10
