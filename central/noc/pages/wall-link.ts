/** How a wall screen comes by its data: the fragment's token once, then a cookie, and patience with a server that restarts. */
import { signal } from '@preact/signals'
import { liveFeed } from '../../platform/ui/live.ts'
import { learnServerTime } from '../../platform/ui/now.ts'
import { remember, remembered } from '../../platform/ui/remembered.ts'
import { type Answered, get, post } from '../../platform/ui/request.ts'
import type { WallView } from '../api.ts'

export type WallState =
  | { kind: 'opening' }
  | { kind: 'waiting' }
  | { kind: 'no-token' }
  | { kind: 'revoked' }
  | { kind: 'live'; view: WallView }

/** Events ask for a refresh at once; this is the pace when nothing happens, well inside the freshness limit. */
const REFRESH_MS = 10_000
/** A storm of events costs one refresh in this time. */
const GATHER_MS = 1_500
const RETRY_MS = 4_000
/** A screen runs for months: it looks for a new version of itself as seldom as it may. */
const VERSION_MS = 300_000

const isRefusal = (status: number) => status === 401 || status === 403 || status === 404

export function wallLink() {
  const state = signal<WallState>({ kind: 'opening' })
  const feed = liveFeed({ url: '/api/wall/live', types: ['hotspot', 'city', 'case'], stayWhenHidden: true })
  let timer: ReturnType<typeof setTimeout> | undefined
  let gather: ReturnType<typeof setTimeout> | undefined
  let stopped = false

  const later = (what: () => Promise<void>, milliseconds: number) => {
    clearTimeout(timer)
    if (!stopped) timer = setTimeout(() => void what(), milliseconds)
  }

  async function open(): Promise<void> {
    const token = location.hash.slice(1)
    if (token === '') return refresh()
    const answer = await post('/api/wall/open', { token })
    if (!answer.ok && !isRefusal(answer.status) && answer.status !== 400) {
      state.value = { kind: 'waiting' }
      return later(open, RETRY_MS)
    }
    // Only now: a screen that was switched on before the server must not lose its token.
    history.replaceState(null, '', location.pathname)
    if (answer.ok) return refresh()
    state.value = { kind: 'revoked' }
  }

  async function refresh(): Promise<void> {
    const answer: Answered<WallView> = await get<WallView>('/api/wall')
    if (stopped) return
    if (answer.ok) {
      learnServerTime(answer.value.city.at)
      state.value = { kind: 'live', view: answer.value }
      remember('wall', 'opened')
      feed.start()
      return later(refresh, REFRESH_MS)
    }
    if (isRefusal(answer.status)) {
      // A screen that was open once and is refused now had its link taken back; one never opened just needs a link.
      state.value = { kind: remembered('wall') === 'opened' ? 'revoked' : 'no-token' }
      return feed.stop()
    }
    if (state.value.kind !== 'live') state.value = { kind: 'waiting' }
    later(refresh, RETRY_MS)
  }

  return {
    state,
    start() {
      void open()
      const end = feed.subscribe(() => {
        gather ??= setTimeout(() => {
          gather = undefined
          void refresh()
        }, GATHER_MS)
      })
      const version = setInterval(() => void reloadWhenNew(), VERSION_MS)
      const again = () => location.hash.length > 1 && void open()
      addEventListener('hashchange', again)
      return () => {
        stopped = true
        clearTimeout(timer)
        clearTimeout(gather)
        clearInterval(version)
        removeEventListener('hashchange', again)
        end()
        feed.stop()
      }
    },
  }
}

/** The page names its script by hash: when the served page names another, a new version is out. */
async function reloadWhenNew(): Promise<void> {
  const mine = document.querySelector<HTMLScriptElement>('script[type="module"][src]')?.getAttribute('src')
  try {
    const page = await fetch(location.pathname, { cache: 'no-store', headers: { accept: 'text/html' } })
    const text = page.ok ? await page.text() : ''
    if (mine && text.includes('<script type="module"') && !text.includes(mine)) location.reload()
  } catch {
    // The server is away; the freshness banner says so.
  }
}
