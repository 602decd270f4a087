/** What the probes of the last minute say together. Pure but for what it remembers. */
import type { Health } from '../wire/health.ts'

const WINDOW_MILLISECONDS = 60_000
/** The kernel sends a lost SYN again after one second (RFC 6298 §2.1): a slower answer is one that was lost first. */
const ANSWERED_WITHIN_MILLISECONDS = 1_000
/** The wire's limit; a probe every 60 milliseconds. */
const PROBES_MAX = 1_000

export type ProbeSummary = NonNullable<Health['uplinkProbes']>

export function probeWindow() {
  let probes: { at: number; milliseconds: number | null }[] = []
  const keep = (now: number) => {
    probes = probes.filter(({ at }) => now - at < WINDOW_MILLISECONDS).slice(-PROBES_MAX)
  }
  return {
    /** @param now milliseconds of a clock that only rises. */
    add(milliseconds: number | null, now: number): void {
      probes.push({ at: now, milliseconds })
      keep(now)
    },
    summary(now: number): ProbeSummary {
      keep(now)
      const answered = probes
        .flatMap(({ milliseconds }) => (milliseconds !== null && milliseconds <= ANSWERED_WITHIN_MILLISECONDS ? milliseconds : []))
        .toSorted((a, b) => a - b)
      return {
        sent: probes.length,
        answered: answered.length,
        p50Milliseconds: quantile(answered, 0.5),
        p95Milliseconds: quantile(answered, 0.95),
      }
    },
  }
}

/** Nearest rank: always a value that was measured. */
function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null
}
