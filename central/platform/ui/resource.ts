/** A view of the server that reloads itself: on a new address, on reconnect, and when an event says that it changed. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { live, type LiveMessage } from './live.ts'
import { learnServerTime } from './now.ts'
import { get } from './request.ts'

export type Resource<T> = {
  /** The last answer, kept while a newer one loads or fails. */
  value: T | null
  loading: boolean
  /** Why the last attempt failed; `not-found`, `not-allowed`, `unreachable` … */
  failure: { status: number; code: string } | null
  reload(): void
  set(value: T): void
}

/** Bursts of events (a whole kelurahan going dark) cost one reload. */
const GATHER_MS = 700

export function useResource<T>(path: string | null, reloadOn?: (message: LiveMessage) => boolean): Resource<T> {
  const [state, setState] = useState<{ path: string | null; value: T | null; loading: boolean; failure: Resource<T>['failure'] }>({
    path,
    value: null,
    loading: true,
    failure: null,
  })
  const latest = useRef(0)
  const wanted = useRef(path)
  wanted.current = path

  const load = useCallback(async () => {
    const target = wanted.current
    if (target === null) return
    const turn = ++latest.current
    setState((before) => ({ ...before, loading: true }))
    const answer = await get<T>(target)
    // A slower, older answer must not overwrite a newer one.
    if (turn !== latest.current) return
    if (answer.ok) {
      const at = (answer.value as { at?: unknown } | null)?.at
      if (typeof at === 'number') learnServerTime(at)
      setState({ path: target, value: answer.value, loading: false, failure: null })
    } else {
      setState((before) => ({
        path: target,
        value: sameScreen(before.path, target) && answer.status !== 404 ? before.value : null,
        loading: false,
        failure: { status: answer.status, code: answer.code },
      }))
    }
  }, [])

  useEffect(() => void load(), [path, live.generation.value])
  useEffect(() => {
    if (!reloadOn) return undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    const end = live.subscribe((message) => {
      if (!reloadOn(message)) return
      timer ??= setTimeout(() => {
        timer = undefined
        void load()
      }, GATHER_MS)
    })
    return () => {
      clearTimeout(timer)
      end()
    }
  }, [reloadOn])

  const set = useCallback((value: T) => {
    latest.current += 1
    setState({ path: wanted.current, value, loading: false, failure: null })
  }, [])
  // Another screen's value (another hotspot, another case) is never shown under this address.
  const value = sameScreen(state.path, path) ? state.value : null
  return { value, loading: state.loading, failure: state.failure, reload: () => void load(), set }
}

/** The same screen with another filter keeps its last rows until the new ones are there: no flicker. */
const sameScreen = (a: string | null, b: string | null) => a?.split('?')[0] === b?.split('?')[0]
