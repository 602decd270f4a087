/** Does the same work again and again, never twice at once, and asks after each time how long to wait. */
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
  let going = false

  function now(): Promise<void> {
    running ??= beat().finally(() => {
      running = undefined
      // A look out of turn may have seen what makes the next one urgent.
      schedule()
    })
    return running
  }

  function schedule(): void {
    clearTimeout(timer)
    if (!going) return
    timer = setTimeout(() => {
      now().catch((error: unknown) => log(`sessions: ${error instanceof Error ? error.message : String(error)}`))
    }, waitSeconds() * 1000).unref()
  }

  return {
    /** Out of turn; joins the beat that is under way. */
    now,
    /** From its beginning: what has just changed is seen. */
    anew: (): Promise<void> => (running ?? Promise.resolve()).then(now, now),
    start(): void {
      going = true
      schedule()
    },
    stop(): void {
      going = false
      clearTimeout(timer)
    },
  }
}
