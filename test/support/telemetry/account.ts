/** A process of a story that does not go on says how it stands: on SIGUSR2, one line on stderr. */
import { monitorEventLoopDelay } from 'node:perf_hooks'

const NANOSECONDS = 1_000_000

/** @param state must not throw and must not wait. */
export function answerWhenAsked(name: string, state: () => object): void {
  const delay = monitorEventLoopDelay()
  delay.enable()
  process.on('SIGUSR2', () => {
    const upSeconds = Math.round(process.uptime())
    const worstDelayMilliseconds = Math.round(delay.max / NANOSECONDS)
    process.stderr.write(`${name}: ${JSON.stringify({ at: Date.now(), upSeconds, worstDelayMilliseconds, ...state() })}\n`)
  })
}
