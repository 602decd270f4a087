/** What was opened last depends on what was opened first, so it closes in reverse; one that fails keeps no other from closing. */
export function createClosing(log: (line: string) => void) {
  const steps: (() => void | Promise<void>)[] = []
  return {
    later(step: () => void | Promise<void>): void {
      steps.push(step)
    },
    async all(): Promise<void> {
      for (const step of steps.toReversed()) {
        try {
          await step()
        } catch (error) {
          log(`while stopping: ${String(error)}`)
        }
      }
    },
  }
}

export type Closing = ReturnType<typeof createClosing>
