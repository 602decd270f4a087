import type { Clip, Language, NewsCard, Page, PageFrame } from '../wire/page.ts'
import { LANGUAGES } from '../wire/page.ts'

/** Each kind of page once per language: rendered at start to learn what the templates put inline, and that they render at all. */
export function samplePages(news: Record<Language, NewsCard[]>, clip: Clip | undefined): Page[] {
  return LANGUAGES.flatMap((language) => [...pagesIn(language, news[language], clip)])
}

function* pagesIn(language: Language, news: NewsCard[], clip: Clip | undefined): Generator<Page> {
  const frame: PageFrame = {
    language,
    path: '/',
    hotspot: { node: 'n0000', name: 'Alun-alun', area: 'Kartoharjo' },
    now: 0,
    clockTrusted: true,
    noFirewall: true,
  }
  const welcome = { ...frame, page: 'welcome', news, token: 'x', sessionMinutes: 120 } as const
  yield { ...welcome, secondsLeft: 30, ...(clip ? { clip } : {}) }
  yield { ...welcome, secondsLeft: 0, early: true, uplinkDown: true }
  const allowance = { group: { name: 'umum', class: 'public' as const }, octetsLeft: 1, rate: { upKbps: 1, downKbps: 1 }, slowed: true }
  yield { ...frame, page: 'connected', secondsLeft: 7200 }
  yield { ...frame, page: 'connected', secondsLeft: 7200, allowance: { ...allowance, idleSeconds: 60, resumeCode: 'ABCD-2345' } }
  for (const why of ['blocked', 'closed', 'daily-time', 'daily-data'] as const) {
    yield { ...frame, page: 'refused', why, until: 3_600_000, note: 'x', news }
  }
  yield { ...frame, page: 'code' }
  for (const problem of ['format', 'unknown', 'expired', 'used-up', 'too-often'] as const) {
    yield { ...frame, page: 'code', entered: 'x', problem }
  }
  yield { ...frame, page: 'status', online: true, secondsLeft: 60, upOctets: 1, downOctets: 1, countersAge: 0 }
  yield { ...frame, page: 'status', online: true, secondsLeft: 60, upOctets: 1, downOctets: 1, countersAge: 0, allowance }
  yield { ...frame, page: 'status', online: false, secondsLeft: 0, upOctets: 0, downOctets: 0, countersAge: 0 }
  const form = { ...frame, page: 'complaint', formToken: 'x', online: false } as const
  yield { ...form, values: {}, problems: {} }
  yield { ...form, values: { text: 'x' }, problems: { category: 'missing', text: 'too-short', contact: 'not-a-contact' }, tooMany: true }
  yield { ...form, values: { text: 'x' }, problems: {}, notKept: true }
  const ticket = { ...frame, page: 'ticket' as const, code: 'ABCD-EFGH', history: [] }
  yield { ...ticket, fresh: true, delivered: false, link: 'http://10.77.0.1/tiket/ABCD-EFGH' }
  yield { ...ticket, fresh: true, delivered: false, inMemory: true }
  yield {
    ...ticket,
    fresh: false,
    delivered: true,
    category: 'jalan',
    filedAt: 0,
    latest: { code: 'ABCD-EFGH', version: 2, status: 'selesai', office: 'Dinas', answer: 'x', photo: 'AAAA', at: 0 },
    history: [{ status: 'menunggu', at: 0 }],
  }
  yield { ...frame, page: 'ticket-lookup' }
  yield { ...frame, page: 'ticket-lookup', entered: 'x', problem: 'format' }
  for (const kind of ['not-found', 'bad-request', 'too-large', 'too-many', 'internal', 'unknown-device', 'gate-closed'] as const) {
    yield { ...frame, page: 'problem', kind }
  }
}
