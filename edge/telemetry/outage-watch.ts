/** Whether something the visitors need answers, looked at often enough that nobody is let out into nothing. */
import { probeWindow, type ProbeSummary } from './probe-window.ts'

/** With a probe that gives up after five seconds, two failures in a row are known within half a minute of the outage. */
const EVERY_MILLISECONDS = 10_000
/** One lost probe is weather; two in a row are an outage. */
const FAILURES_UNTIL_DOWN = 2

export type OutageWatch = {
  /** Of the last look; null when there was no answer, or nothing is looked at. */
  milliseconds(): number | null
  isDown(): boolean
  /** Of the last minute's looks. */
  recent(): ProbeSummary
  close(): void
}

/** What is not looked at is not claimed to be down. */
export const unwatched: OutageWatch = {
  milliseconds: () => null,
  isDown: () => false,
  recent: () => ({ sent: 0, answered: 0, p50Milliseconds: null, p95Milliseconds: null }),
  close: () => undefined,
}

/**
 * @param probe milliseconds until the answer, null without one; never rejects.
 * @param onChange called when an outage begins and when it is over.
 * @returns after the first look.
 */
export async function watchOutages(
  probe: () => Promise<number | null>,
  onChange: (isDown: boolean) => void = () => {},
  everyMilliseconds: number = EVERY_MILLISECONDS,
): Promise<OutageWatch> {
  const looks = probeWindow()
  let latest: number | null = null
  let failures = 0
  let looking = false
  const isDown = () => failures >= FAILURES_UNTIL_DOWN
  const look = async () => {
    // A probe that takes its time must not pile up behind itself and count double.
    if (looking) return
    looking = true
    latest = await probe()
    looks.add(latest, performance.now())
    looking = false
    const before = isDown()
    failures = latest === null ? failures + 1 : 0
    if (isDown() !== before) onChange(isDown())
  }
  await look()
  const timer = setInterval(() => void look(), everyMilliseconds)
  return { milliseconds: () => latest, isDown, recent: () => looks.summary(performance.now()), close: () => clearInterval(timer) }
}
