/** A usage record covers the seconds before it; this cuts it at minute borders so that the parts sum up to exactly the whole. Pure. */
import type { Usage } from '#edge/wire/usage.ts'
import { minuteOf } from './clock.ts'
import type { UsageSums } from './store-port.ts'

export type MinutePart = UsageSums & { t: number }

export function spreadOverMinutes(usage: Usage, endsAt: number): MinutePart[] {
  const total = usage.seconds * 1_000
  const beginsAt = endsAt - total
  const parts: MinutePart[] = []
  let down = 0
  let up = 0
  for (let t = minuteOf(beginsAt); t < endsAt; t += 60_000) {
    const upTo = Math.min(t + 60_000, endsAt)
    const coveredMs = upTo - Math.max(t, beginsAt)
    // Rounded down cumulatively; the last part takes what is left, so nothing is lost to rounding.
    const share = (upTo - beginsAt) / total
    const downUpTo = upTo === endsAt ? usage.downOctets : Math.floor(usage.downOctets * share)
    const upUpTo = upTo === endsAt ? usage.upOctets : Math.floor(usage.upOctets * share)
    // Visitors admitted are whole people: they count where the record ends.
    const admitted = upTo === endsAt ? usage.admitted : 0
    parts.push({ t, onlineMs: usage.online * coveredMs, coveredMs, downOctets: downUpTo - down, upOctets: upUpTo - up, admitted })
    down = downUpTo
    up = upUpTo
  }
  return parts
}
