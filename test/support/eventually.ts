/** Waits for something to become true, with a bound: the only waiting tests do. */
import { setTimeout as wait } from 'node:timers/promises'

export async function eventually<T>(what: string, probe: () => T | Promise<T>, withinMs = 10_000): Promise<NonNullable<T>> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const value = await probe()
    if (value !== undefined && value !== null && value !== false) return value as NonNullable<T>
    if (performance.now() > deadline) throw new Error(`${what} did not happen within ${withinMs} ms`)
    await wait(10)
  }
}
