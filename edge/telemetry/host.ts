/** How the box itself is doing. A figure this box cannot measure is null, never zero. */
import { statfs } from 'node:fs/promises'
import os from 'node:os'
import { cpuTemperature, currentLoad, mem } from 'systeminformation'
import type { GateState } from '../gate/port.ts'
import type { Health } from '../wire/health.ts'
import type { OutboxCounters } from './outbox.ts'

export type HealthSources = {
  /** The file system that matters is the one holding the box's state. */
  stateDir: string
  version: string
  gate: () => GateState
  outbox: () => Pick<OutboxCounters, 'records' | 'oldestAgeSeconds' | 'dropped'>
  radius: () => Health['radius']
  /** Round trip to the uplink's probe target; absent when nothing is probed. */
  uplink?: () => Promise<number | null>
  /** The same for a name asked of the box's own resolver. */
  dns?: (() => number | null) | undefined
  /** Loss and latency of the last minute's probes of the uplink. */
  uplinkProbes?: (() => NonNullable<Health['uplinkProbes']>) | undefined
  /** Names of watched devices that fell silent; absent when none is watched. */
  silentDevices?: (() => string[]) | undefined
  /** Whether the state rests on the disk. */
  storage?: () => boolean
}

export function hostHealth(sources: HealthSources): () => Promise<Health> {
  return async () => {
    const [cpu, memoryUsed, diskUsed, temperatureCelsius, uplinkMilliseconds] = await Promise.all([
      measured(async () => fraction((await currentLoad()).currentLoad / 100)),
      measured(readMemory),
      measured(() => readDisk(sources.stateDir)),
      measured(readTemperature),
      measured(async () => (await sources.uplink?.()) ?? null),
    ])
    const { records, oldestAgeSeconds, dropped } = sources.outbox()
    return {
      cpu,
      memoryUsed,
      diskUsed,
      temperatureCelsius,
      uptimeSeconds: Math.floor(os.uptime()),
      gate: sources.gate(),
      outboxRecords: records,
      outboxAgeSeconds: oldestAgeSeconds,
      outboxDropped: dropped,
      radius: sources.radius(),
      uplinkMilliseconds,
      ...(sources.uplinkProbes && { uplinkProbes: sources.uplinkProbes() }),
      ...(sources.silentDevices && { silentDevices: sources.silentDevices() }),
      ...(sources.dns && { dnsMilliseconds: sources.dns() }),
      ...(sources.storage && { storage: sources.storage() }),
      version: sources.version,
    }
  }
}

/** One sensor that fails must not take the other figures with it. */
async function measured(read: () => Promise<number | null>): Promise<number | null> {
  try {
    return await read()
  } catch {
    return null
  }
}

const fraction = (value: number): number | null =>
  Number.isFinite(value) ? Math.round(Math.min(1, Math.max(0, value)) * 10_000) / 10_000 : null

/** What programs hold; the page cache is given back on demand and does not count. */
async function readMemory(): Promise<number | null> {
  const { total, available } = await mem()
  return total > 0 ? fraction((total - available) / total) : null
}

/** As `df` counts: blocks kept for root are neither used nor available. */
async function readDisk(folder: string): Promise<number | null> {
  const { blocks, bfree, bavail } = await statfs(folder)
  const used = blocks - bfree
  return used + bavail > 0 ? fraction(used / (used + bavail)) : null
}

async function readTemperature(): Promise<number | null> {
  const { main } = await cpuTemperature()
  // A machine without a sensor reports null, or exactly 0 or -1 from a dead one.
  return typeof main === 'number' && main > 0 && main <= 200 ? Math.round(main * 10) / 10 : null
}
