/** When a hotspot is up, and why it is not. Pure: facts and the time in, a word and a reason out. */
import type { Health } from '#edge/wire/health.ts'
import type { HotspotState } from '../api.ts'
import { RIVAL_MS } from '../ingest/rivals.ts'
import type { Trouble } from './troubles.ts'

export type HotspotFacts = {
  heardAt: number | null
  /** False after the last will of the present connection. */
  connected: boolean
  usageSeconds: number | null
  previousUsageSeconds: number | null
  health: Health | null
  uplinkMeasuredAt: number | null
  skewMs: number | null
  /** What its notices say is wrong now. */
  troubles: readonly Trouble[]
  /** When a hello last proved that two boxes bear this name. */
  rivalAt?: number | null
}
export type Verdict = { state: HotspotState; reason: string | null }

/** What a box reports by when it is not configured otherwise; also for one whose first, short record is all we have. */
const INTERVAL_SECONDS = 60
const MISSED_MAX = 3
/** A record is sent a moment after the interval ends. */
const GRACE_MS = 5_000
const DISK_USED_MAX = 0.9
/** Live status arrives while its records do not: the road is narrower than the traffic. */
const OUTBOX_AGE_SECONDS_MAX = 3_600
const SKEW_MS_MAX = 120_000
/** A probe that answered within the last day and does not now; a box that never probes says nothing by null. */
const UPLINK_MEMORY_MS = 86_400_000
const UPLINK_MS_MAX = 1_000

export function judge(facts: HotspotFacts, now: number): Verdict {
  if (facts.heardAt === null) return { state: 'new', reason: null }
  if (!facts.connected) return { state: 'offline', reason: 'last-will' }
  if (now - facts.heardAt > silenceMs(facts)) return { state: 'offline', reason: 'silent' }
  const reason = problem(facts, now)
  return { state: reason ? 'degraded' : 'online', reason }
}

/** Two records say what the interval is: the first after a start is shorter than the rest. */
export function silenceMs(facts: Pick<HotspotFacts, 'usageSeconds' | 'previousUsageSeconds'>): number {
  const seconds = Math.max(facts.usageSeconds ?? INTERVAL_SECONDS, facts.previousUsageSeconds ?? INTERVAL_SECONDS)
  return seconds * 1_000 * MISSED_MAX + GRACE_MS
}

function problem({ health, skewMs, uplinkMeasuredAt, troubles, rivalAt }: HotspotFacts, now: number): string | null {
  // First of all: while two boxes speak, nothing else that is said here can be believed.
  if (rivalAt != null && now - rivalAt < RIVAL_MS) return 'rival'
  if (health?.gate === 'failed' || troubles.includes('gate-failed')) return 'gate-failed'
  if (health?.gate === 'no-firewall') return 'no-firewall'
  if (health?.storage === false || troubles.includes('storage')) return 'storage'
  if (health?.diskUsed != null && health.diskUsed > DISK_USED_MAX) return 'disk'
  if (health && health.outboxAgeSeconds > OUTBOX_AGE_SECONDS_MAX) return 'outbox-age'
  if (health && uplinkMeasuredAt !== null && now - uplinkMeasuredAt < UPLINK_MEMORY_MS) {
    if (health.uplinkMilliseconds === null || health.uplinkMilliseconds > UPLINK_MS_MAX) return 'uplink'
  }
  if (troubles.includes('uplink')) return 'uplink'
  // Null is "asked, and no answer"; a box that does not ask leaves it out.
  if (health?.dnsMilliseconds === null || troubles.includes('dns')) return 'dns'
  if (troubles.includes('certificate')) return 'certificate'
  if (health?.silentDevices && health.silentDevices.length > 0) return 'device'
  if (skewMs !== null && Math.abs(skewMs) > SKEW_MS_MAX) return 'clock'
  return null
}
