/** Runs the work for one device in the order it was asked for: a hasty second press waits for the first. */
export function createTurns() {
  const last = new Map<string, Promise<unknown>>()
  return async function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = last.get(key) ?? Promise.resolve()
    const mine = before.then(work, work)
    const quiet = mine.catch(() => undefined)
    last.set(key, quiet)
    try {
      return await mine
    } finally {
      if (last.get(key) === quiet) last.delete(key)
    }
  }
}
