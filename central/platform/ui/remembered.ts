/** Small preferences of this browser. Storage may be forbidden; then a preference simply lasts as long as the page. */
const PREFIX = 'broadband-city.'

export function remembered(key: string): string | null {
  try {
    return globalThis.localStorage?.getItem(PREFIX + key) ?? null
  } catch {
    return null
  }
}

export function remember(key: string, value: string): void {
  try {
    globalThis.localStorage?.setItem(PREFIX + key, value)
  } catch {
    // Nothing to do: the choice still holds for this page.
  }
}
