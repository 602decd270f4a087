/**
 * What the box hands to the portal's templates. The portal is rendered on the box (portal/dist/render.js exports
 * `render(page: Page): string`), so these types are a contract like the messages beside them. Types only: no schema
 * is needed where both ends are built together.
 */
import type { ComplaintCategory } from './complaint.ts'
import type { TicketStatus } from './kept-message.ts'
import type { GroupClass, Rate } from './policy.ts'

export const LANGUAGES = ['id', 'en', 'jv'] as const
export type Language = (typeof LANGUAGES)[number]

/**
 * Where the portal's links and forms go. Forms post the names of the page's props: `token` to `continue`; `formToken`,
 * `category`, `text`, `contact` and `anonymous` (`ya`) to `complaint`; `kode` to `code`; nothing to `disconnect`. The lookup is a GET with
 * `kode`, so that a ticket's page is a link (and a QR). Any page takes `b` (id, en, jv) for the language.
 */
export const PORTAL_PATHS = {
  welcome: '/',
  continue: '/lanjut',
  status: '/status',
  /** A voucher or a resume code: GET shows the form, POST takes `kode`. */
  code: '/kode',
  disconnect: '/putus',
  complaint: '/aduan',
  ticket: '/tiket',
  island: '/assets/island.js',
} as const

/** What every page knows. */
export type PageFrame = {
  language: Language
  /** Path of this page, for the language links (`?b=en`). */
  path: string
  hotspot: { node: string; name: string; area: string }
  /** Unix milliseconds; the box's clock. False when the clock is not trusted: then no date is shown. */
  now: number
  clockTrusted: boolean
  /** The gate runs without a firewall (demo without root): said openly on the page. */
  noFirewall: boolean
}

export type NewsCard = {
  id: string
  title: string
  text: string
  tag: string
  icon: 'darurat' | 'aduan' | 'wifi' | 'layanan' | 'kesehatan' | 'warga'
}

export type Clip = {
  id: string
  /** Path on this box, served with ranges. */
  src: string
  smallSrc?: string
  captions: string
  poster: string
  seconds: number
  title: string
  /** The clip's words in full, for those who cannot see or hear it and where it does not play. */
  transcript: string[]
  /** The same in the other languages, with their own captions; a language that is absent reads the words above. */
  words?: Partial<Record<Language, ClipWords>>
}

type ClipWords = Pick<Clip, 'title' | 'captions' | 'transcript'>

export type WelcomePage = PageFrame & {
  page: 'welcome'
  news: NewsCard[]
  /** Absent when the clip is missing or damaged on this box: the page then shows poster text and the same clock. */
  clip?: Clip
  /** Bound to this device and this viewing; goes back with the form. */
  token: string
  /** Server-counted seconds still to wait; 0 = may continue now. */
  secondsLeft: number
  /** Set when the visitor pressed the button too early. */
  early?: boolean
  sessionMinutes: number
  /** The upstream is down: the gate stays shut and the page says so. */
  uplinkDown?: boolean
}

/** Set only when online: what the visitor may use, in the page's own words (times in seconds, rates kbit/s, amounts octets). */
export type Allowance = {
  group: { name: string; class: GroupClass }
  octetsLeft?: number
  rate?: Rate
  /** Fair use or a schedule has made it slower. */
  slowed: boolean
  idleSeconds?: number
  resumeCode?: string
}

export type ConnectedPage = PageFrame & { page: 'connected'; secondsLeft: number; continueTo?: string; allowance?: Allowance }

export type StatusPage = PageFrame & {
  page: 'status'
  online: boolean
  secondsLeft: number
  upOctets: number
  downOctets: number
  /** Age of the counters in seconds. */
  countersAge: number
  allowance?: Allowance
  /** Why the last session ended: a SessionEndCause; absent when unknown or long ago. */
  endedBecause?: string
}

/** The device may not go online now, and why; everything else on the portal goes on working for it. `until`: Unix milliseconds. */
export type RefusedPage = PageFrame & {
  page: 'refused'
  why: 'blocked' | 'closed' | 'daily-time' | 'daily-data'
  until: number
  /** The city's own words, as they were typed. */
  note?: string
  news: NewsCard[]
}

export type CodePage = PageFrame & {
  page: 'code'
  entered?: string
  problem?: 'format' | 'unknown' | 'expired' | 'used-up' | 'too-often'
}

export type ComplaintField = 'category' | 'text' | 'contact'
type ComplaintProblem = 'missing' | 'too-short' | 'too-long' | 'unknown' | 'not-a-contact'

export type ComplaintFormPage = PageFrame & {
  page: 'complaint'
  /** Anti-replay: one form, one ticket. */
  formToken: string
  values: { category?: ComplaintCategory; text?: string; contact?: string; anonymous?: boolean }
  problems: Partial<Record<ComplaintField, ComplaintProblem>>
  /** Too many complaints from this device or hotspot in the last hour: say so and show 112 and the office's other doors. */
  tooMany?: boolean
  /** The box could write nothing down: nothing was received, what was typed is still in the form, and there are other doors. */
  notKept?: boolean
  online: boolean
}

export type TicketPage = PageFrame & {
  page: 'ticket'
  code: string
  /** True right after it was filed. */
  fresh: boolean
  category?: ComplaintCategory
  filedAt?: number
  /** False while the record still waits on the box for central. */
  delivered: boolean
  /** Not delivered, and only in the memory of a box whose disk has failed: it must not be called safe or received. */
  inMemory?: boolean
  latest?: TicketStatus
  history: { status: TicketStatus['status']; office?: string; at: number }[]
  /** Where another phone reads this ticket; carried by the QR. Absent: the QR carries the code alone. */
  link?: string
}

export type TicketLookupPage = PageFrame & { page: 'ticket-lookup'; entered?: string; problem?: 'format' | 'not-found' | 'too-often' }

export type ProblemPage = PageFrame & {
  page: 'problem'
  /** gate-closed: the visitor may continue, but the box cannot open the gate now (firewall down, or full): try again in a minute. */
  kind: 'not-found' | 'bad-request' | 'too-large' | 'too-many' | 'internal' | 'unknown-device' | 'gate-closed'
}

export type Page =
  | WelcomePage
  | RefusedPage
  | CodePage
  | ConnectedPage
  | StatusPage
  | ComplaintFormPage
  | TicketPage
  | TicketLookupPage
  | ProblemPage

export type RenderPage = (page: Page) => string
