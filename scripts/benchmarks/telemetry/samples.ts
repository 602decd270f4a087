/**
 * What a box says in a minute: one usage and one health record, with the fields and digits that the product's own collectors
 * write. The same for the same box and minute every time, so that whoever stores it can be asked whether it is all there. Pure.
 */
import type { Health } from '#edge/wire/health.ts'
import type { Usage } from '#edge/wire/usage.ts'

export const SECONDS = 60
/** Of a minute: usage first, then health, as the product's sampler takes them. */
export const SAMPLES_A_MINUTE = 2

/** An integer hash (Mueller's): the same figure from 0 to 1 for the same box, minute and purpose. */
function chance(box: number, minute: number, purpose: number): number {
  let x = (Math.imul(box + 1, 0x9e3779b1) ^ Math.imul(minute + 1, 0x85ebca6b) ^ Math.imul(purpose + 1, 0xc2b2ae35)) >>> 0
  x = Math.imul((x >>> 16) ^ x, 0x45d9f3b)
  x = Math.imul((x >>> 16) ^ x, 0x45d9f3b)
  return (((x >>> 16) ^ x) >>> 0) / 0x1_0000_0000
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits))

export function usageAt(box: number, minute: number): Usage {
  const online = Math.floor(chance(box, minute, 0) * 40)
  return {
    seconds: SECONDS,
    online,
    waiting: Math.floor(chance(box, minute, 1) * 4),
    upOctets: Math.floor(online * chance(box, minute, 2) * 250_000),
    downOctets: Math.floor(online * chance(box, minute, 3) * 4_000_000),
    admitted: Math.floor(chance(box, minute, 4) * 5),
    portalPages: Math.floor(chance(box, minute, 5) * 12),
  }
}

export function healthAt(box: number, minute: number): Health {
  const latency = rounded(4 + chance(box, minute, 6) * 30, 1)
  return {
    cpu: rounded(0.02 + chance(box, minute, 7) * 0.4, 4),
    memoryUsed: rounded(0.3 + chance(box, minute, 8) * 0.2, 4),
    diskUsed: rounded(0.21 + chance(box, 0, 9) * 0.1, 4),
    temperatureCelsius: rounded(45 + chance(box, minute, 10) * 15, 1),
    uptimeSeconds: 400_000 + minute * SECONDS,
    gate: 'enforcing',
    outboxRecords: Math.floor(chance(box, minute, 11) * 6),
    outboxAgeSeconds: Math.floor(chance(box, minute, 12) * 20),
    outboxDropped: 0,
    radius: { accepts: 1_000 + minute, rejects: 12, accounting: 4_000 + 3 * minute, discarded: 0 },
    uplinkMilliseconds: latency,
    uplinkProbes: {
      sent: 60,
      answered: 60 - Math.floor(chance(box, minute, 13) * 3),
      p50Milliseconds: latency,
      p95Milliseconds: rounded(latency * 1.7, 1),
    },
    dnsMilliseconds: rounded(1 + chance(box, minute, 14) * 20, 1),
    storage: true,
    version: '0.1.0',
  }
}

export const nodeName = (box: number): string => `bench-${String(box).padStart(4, '0')}`
