/**
 * Central's events as the screens hear them. Events are hints: on every reconnect the screens reload, so nothing rests
 * on having heard each one.
 */
import { signal } from '@preact/signals'

export type Connection = 'idle' | 'connecting' | 'live' | 'lost'
export type LiveMessage = { type: string; data: unknown }

const RETRY_MS = 3_000
/** A connection through a proxy can die without a word: after this long in silence it is opened anew. */
const SILENCE_MS = 120_000
/** A hidden tab lets go of its connection: HTTP/1.1 browsers allow six to one host, all tabs together. */
const HIDDEN_MS = 30_000

type Options = { url: string; types: readonly string[]; stayWhenHidden?: boolean }

export function liveFeed({ url, types, stayWhenHidden = false }: Options) {
  const connection = signal<Connection>('idle')
  /** Rises with each reconnect: what watches it reloads. */
  const generation = signal(0)
  const listeners = new Set<(message: LiveMessage) => void>()
  let source: EventSource | null = null
  let retry: ReturnType<typeof setTimeout> | undefined
  let silence: ReturnType<typeof setTimeout> | undefined
  let hidden: ReturnType<typeof setTimeout> | undefined
  let wanted = false
  let openedBefore = false

  function heard() {
    clearTimeout(silence)
    silence = setTimeout(reopen, SILENCE_MS)
  }

  function open() {
    clearTimeout(retry)
    source?.close()
    if (connection.value !== 'lost') connection.value = 'connecting'
    const mine = new EventSource(url)
    source = mine
    mine.addEventListener('open', () => {
      connection.value = 'live'
      if (openedBefore) generation.value += 1
      openedBefore = true
      heard()
    })
    mine.addEventListener('error', () => {
      if (source !== mine) return
      mine.close()
      connection.value = 'lost'
      clearTimeout(retry)
      retry = setTimeout(open, RETRY_MS)
    })
    for (const type of types) mine.addEventListener(type, (event) => receive(type, event as MessageEvent<string>))
  }

  function receive(type: string, event: MessageEvent<string>) {
    heard()
    let data: unknown
    try {
      data = JSON.parse(event.data)
    } catch {
      return
    }
    for (const listener of listeners) listener({ type, data })
  }

  function reopen() {
    if (wanted) open()
  }

  function letGo() {
    clearTimeout(retry)
    clearTimeout(silence)
    source?.close()
    source = null
  }

  function visibility() {
    clearTimeout(hidden)
    if (!wanted || stayWhenHidden) return
    if (document.hidden) hidden = setTimeout(letGo, HIDDEN_MS)
    else if (!source) open()
  }

  return {
    connection,
    generation,
    start() {
      if (wanted) return
      wanted = true
      document.addEventListener('visibilitychange', visibility)
      open()
    },
    stop() {
      wanted = false
      document.removeEventListener('visibilitychange', visibility)
      letGo()
      connection.value = 'idle'
      openedBefore = false
    },
    subscribe(listener: (message: LiveMessage) => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** The staff app's feed; the wall has its own. */
export const live = liveFeed({ url: '/api/live', types: ['hotspot', 'city', 'case', 'policy'] })
