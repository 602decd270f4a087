import type { Live } from './port.ts'

/** Every open screen is one listener; more than this means subscriptions are not being ended. */
const LIVE_LISTENERS_MAX = 5_000

/**
 * Delivers in the order of publishing, at once. A listener that throws is told to `onError` and does not stop the others:
 * the fact it was told about is already committed.
 */
export function createLive<Event extends { type: string }>(onError: (error: unknown) => void = () => undefined): Live<Event> {
  const listeners = new Set<(event: Event) => void>()
  return {
    publish(event) {
      for (const listener of listeners) {
        try {
          listener(event)
        } catch (error) {
          onError(error)
        }
      }
    },
    subscribe(listener) {
      if (listeners.size >= LIVE_LISTENERS_MAX) throw new Error(`more than ${LIVE_LISTENERS_MAX} live listeners`)
      const own = (event: Event) => listener(event)
      listeners.add(own)
      return () => void listeners.delete(own)
    },
  }
}
