/** Does the same work again and again, never twice at once, and asks each time how long to wait. */
export function createHeartbeat({
  beat,
  waitSeconds,
  log,
}: {
  beat: () => Promise<void>
  waitSeconds: () => number
  log: (line: string) => void
}) {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let stopped = false

  function now(): Promise<void> {
    running ??= beat().finally(() => {
      running = undefined
    })
    return running
  }

  function schedule(): void {
    if (stopped) return
    timer = setTimeout(() => {
      void now()
        .catch((error: unknown) => log(`sessions: ${error instanceof Error ? error.message : String(error)}`))
        .finally(schedule)
    }, waitSeconds() * 1000).unref()
  }

  return {
    /** Out of turn; joins the beat that is under way. */
    now,
    /** From its beginning: what has just changed is seen. */
    anew: (): Promise<void> => (running ?? Promise.resolve()).then(now, now),
    start: schedule,
    stop(): void {
      stopped = true
      clearTimeout(timer)
    },
  }
}
