import type { TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { portalFile } from '#edge/content/files.ts'
import type { Portal } from '#edge/content/portal.ts'
import { buildWelcome, type WelcomeDeps } from '#edge/welcome/app.ts'
import { ticketStore } from '#edge/welcome/store.ts'
import { createTickets, type Tickets } from '#edge/welcome/tickets.ts'
import type { NewsCard, Page } from '#edge/wire/page.ts'
import { visitorBox, type VisitorBox } from '../sessions/box.ts'

export const ORIGIN = 'http://10.77.0.1'
export const HOST = '10.77.0.1'
/** The visitor's address on the LAN and the card behind it. */
export const ADDRESS = '10.77.0.20'
export const OTHER_ADDRESS = '10.77.0.21'

const escape = (text: string) => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
/** Stands for the portal's templates: the page's props as they would be shown, escaped. */
const showProps = (page: Page) =>
  `<!doctype html><html lang="${page.language}"><body><pre>${escape(JSON.stringify(page))}</pre></body></html>`

export const CLIP_BYTES = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251))
const news: NewsCard[] = [{ id: 'a', title: 'Kabar', text: 'Teks', tag: 'warga', icon: 'warga' }]

export const testPortal = (): Portal => ({
  render: showProps,
  news: { id: news, en: [{ ...news[0]!, title: 'News' }], jv: news },
  clip: {
    id: 'kabar',
    src: '/content/clip.mp4',
    captions: '/content/clip.vtt',
    poster: '/content/p.webp',
    seconds: 30,
    title: 'Kabar',
    transcript: [],
  },
  files: new Map([
    ['/content/clip.mp4', portalFile(CLIP_BYTES, 'video/mp4', 'clip.mp4')],
    ['/assets/island.js', portalFile(Buffer.from('export {}\n'.repeat(100)), 'text/javascript; charset=utf-8', 'island.js')],
  ]),
  inline: { scripts: [], styles: ["'sha256-abc'"] },
})

export type WelcomeBox = VisitorBox & { app: FastifyInstance; tickets: Tickets; state: { uplinkDown: boolean } }

type Change = Partial<WelcomeDeps> & {
  newCode?: () => string
  /** For the sessions behind the pages. */ visits?: Parameters<typeof visitorBox>[1]
}

export async function welcomeBox(t: TestContext, change: Change = {}): Promise<WelcomeBox> {
  const { newCode, visits, ...deps } = change
  const box = visitorBox(t, visits)
  box.gate.neighbours.set(ADDRESS, 'aa:bb:cc:00:00:01')
  box.gate.neighbours.set(OTHER_ADDRESS, 'aa:bb:cc:00:00:02')
  const tickets = createTickets({ store: ticketStore(box.db()), recorder: box.outbox, now: box.clock.now, ...(newCode ? { newCode } : {}) })
  const state = { uplinkDown: false }
  const app = await buildWelcome({
    config: {
      node: 'n0001',
      hotspot: { name: 'Alun-alun', area: 'Kartoharjo' },
      welcome: { host: '127.0.0.1', port: 0, origin: ORIGIN, watchSeconds: 30, sessionSeconds: 3600 },
      ...(visits?.roaming ? { roamingKey: 'k'.repeat(43) } : {}),
    },
    portal: testPortal(),
    sessions: box.sessions(),
    tickets,
    gate: box.gate,
    key: box.key,
    now: box.clock.now,
    clockTrusted: () => true,
    uplinkDown: () => state.uplinkDown,
    log: (line) => void box.log.push(line),
    requestsPerMinute: 100_000,
    ...deps,
  })
  t.after(() => app.close())
  return Object.assign(box, { app, tickets, state })
}

type Asked = { from?: string; headers?: Record<string, string>; form?: Record<string, string> | string }

export async function ask(
  box: WelcomeBox,
  method: 'GET' | 'POST' | 'HEAD',
  url: string,
  { from = ADDRESS, headers = {}, form }: Asked = {},
) {
  const payload = form === undefined ? {} : { payload: typeof form === 'string' ? form : new URLSearchParams(form).toString() }
  const type = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
  return box.app.inject({ method, url, remoteAddress: from, headers: { host: HOST, ...type, ...headers }, ...payload })
}

/** The props that the page was rendered from. */
export function shown<K extends Page['page']>(body: string, kind: K): Extract<Page, { page: K }> {
  const text = /<pre>(.*)<\/pre>/s.exec(body)?.[1] ?? '{}'
  const page = JSON.parse(text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))) as Page
  if (page.page !== kind) throw new Error(`expected the page ${kind}, got ${page.page} ${JSON.stringify(page).slice(0, 300)}`)
  return page as Extract<Page, { page: K }>
}

export async function bringOnline(box: WelcomeBox, from = ADDRESS): Promise<void> {
  const { token } = shown((await ask(box, 'GET', '/', { from })).body, 'welcome')
  box.clock.pass(30)
  const answer = await ask(box, 'POST', '/lanjut', { from, form: { token } })
  if (answer.headers.location !== '/terhubung') throw new Error(`not online: ${answer.statusCode} ${answer.headers.location}`)
}
