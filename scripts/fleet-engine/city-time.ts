/** The time of the simulated city: the real one, or a past that runs faster and ends at the present. */
export type CityTime = {
  /** Unix milliseconds. */
  now(): number
  /** How long to wait, in real milliseconds, until the city's time is `at`; 0 when it is past. */
  until(at: number): number
}

export const REAL_TIME: CityTime = { now: Date.now, until: (at) => Math.max(0, at - Date.now()) }

/**
 * Runs `speed` times as fast as the real time and meets it at `endsAt`, so that no record ever lies in the future; from then
 * on it is the real time.
 */
export function fastTime(endsAt: number, speed: number, real: () => number = Date.now): CityTime {
  const cityOf = (now: number) => (now >= endsAt ? now : Math.round(endsAt - (endsAt - now) * speed))
  const realOf = (at: number) => (at >= endsAt ? at : endsAt - (endsAt - at) / speed)
  return { now: () => cityOf(real()), until: (at) => Math.max(0, realOf(at) - real()) }
}
