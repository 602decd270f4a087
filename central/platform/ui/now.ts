/** One ticking clock for all ages on a screen. */
import { signal } from '@preact/signals'

export const now = signal(Date.now())

/**
 * How far this browser's clock is from central's, learnt from the `at` of answers, so that ages are right on a TV box
 * whose own clock is not.
 */
let offset = 0
export function learnServerTime(at: number): void {
  const difference = at - Date.now()
  // Under two seconds it is the network's doing, not the clock's.
  offset = Math.abs(difference) < 2_000 ? 0 : difference
  now.value = Date.now() + offset
}

if (typeof window !== 'undefined') setInterval(() => (now.value = Date.now() + offset), 1_000)
