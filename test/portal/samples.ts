import { existsSync, readFileSync } from 'node:fs'
import sharp from 'sharp'
import type { Clip, Language, NewsCard, Page, PageFrame, WelcomePage } from '#edge/wire/page.ts'

type Local = Record<Language, string>
type StoredCard = { id: string; icon: NewsCard['icon']; tag: Local; title: Local; text: Local }

const stored = JSON.parse(readFileSync(new URL('../../portal/content/news.json', import.meta.url), 'utf8')) as StoredCard[]

export const newsIn = (language: Language): NewsCard[] =>
  stored.map(({ id, icon, tag, title, text }) => ({ id, icon, tag: tag[language], title: title[language], text: text[language] }))

const CLIP = new URL('../../portal/dist/content/clip.json', import.meta.url)
/** The real film where it has been made, else one whose files are nowhere: both happen on boxes. */
const clip: Clip = existsSync(CLIP)
  ? (JSON.parse(readFileSync(CLIP, 'utf8')) as Clip)
  : {
      id: 'nowhere',
      src: '/content/nowhere.mp4',
      smallSrc: '/content/nowhere-small.mp4',
      captions: '/content/nowhere.vtt',
      poster: '/content/nowhere.webp',
      seconds: 30,
      title: 'Layanan Kota Madiun dalam 30 detik',
      transcript: ['Wi-Fi gratis di 27 kelurahan.', 'Adukan dari halaman ini.'],
    }

/** Monday 12 October 2026, 08:15 WIB. */
export const MONDAY_MORNING = Date.UTC(2026, 9, 12, 1, 15)

const MIDNIGHT = Date.UTC(2026, 9, 12, 17)

export const frame = (language: Language, path: string): PageFrame => ({
  language,
  path,
  hotspot: { node: 'n0123', name: 'Poskamling RT 14', area: 'Kelurahan Klegen' },
  now: MONDAY_MORNING,
  clockTrusted: true,
  noFirewall: false,
})

export const welcome = (language: Language): WelcomePage => ({
  ...frame(language, '/'),
  page: 'welcome',
  news: newsIn(language),
  clip,
  token: 'token-of-this-viewing',
  secondsLeft: 23,
  sessionMinutes: 120,
})

/** A grey JPEG, the size of a phone's thumbnail. */
const PHOTO = (
  await sharp({ create: { width: 320, height: 200, channels: 3, background: '#8a9a80' } })
    .jpeg()
    .toBuffer()
).toString('base64')

/** Every page in every state that looks different, by name. */
export const samples = (language: Language): Record<string, Page> => ({
  welcome: welcome(language),
  'welcome-ready': { ...welcome(language), secondsLeft: 0 },
  'welcome-early': { ...welcome(language), early: true, secondsLeft: 8 },
  'welcome-alone': { ...withoutClip(welcome(language)), clockTrusted: false, noFirewall: true, uplinkDown: true },
  'welcome-staff': { ...welcome(language), secondsLeft: 0, sessionMinutes: 10_080 },
  'refused-closed': {
    ...frame(language, '/'),
    page: 'refused',
    why: 'closed',
    // The next morning at five.
    until: MONDAY_MORNING + 86_400_000 - 3.25 * 3_600_000,
    note: 'Ujian sekolah: Wi-Fi dibuka lagi sesudah pukul 05.00. Terima kasih atas pengertiannya.',
    news: newsIn(language),
  },
  'refused-blocked': {
    ...frame(language, '/'),
    page: 'refused',
    why: 'blocked',
    until: MONDAY_MORNING + 9 * 86_400_000,
    news: newsIn(language),
  },
  'refused-blocked-long': {
    ...frame(language, '/'),
    page: 'refused',
    why: 'blocked',
    until: 8_640_000_000_000_000,
    note: 'Pemakaianberlebihanyangmenggangguwargalaindisekitarbalaikelurahan: hubungi 0351-462756, atau https://madiunkota.go.id/pengaduan/wifi/perangkat-dibatasi?titik=n0123',
    news: [],
  },
  'refused-daily-time': { ...frame(language, '/'), page: 'refused', why: 'daily-time', until: MIDNIGHT, news: newsIn(language) },
  'refused-daily-data': {
    ...frame(language, '/'),
    page: 'refused',
    why: 'daily-data',
    until: MIDNIGHT,
    clockTrusted: false,
    news: newsIn(language),
  },
  code: { ...frame(language, '/kode'), page: 'code' },
  'code-unknown': { ...frame(language, '/kode'), page: 'code', entered: 'abcd 2345', problem: 'unknown' },
  'code-too-often': { ...frame(language, '/kode'), page: 'code', entered: 'WWWW-WWWW-WWWW-WWWW-WWWW-WWWW-WWWW-WWWW', problem: 'too-often' },
  'connected-voucher': {
    ...frame(language, '/terhubung'),
    page: 'connected',
    secondsLeft: 6 * 86_400,
    allowance: {
      group: { name: 'tamu', class: 'voucher' },
      octetsLeft: 2_000_000_000,
      rate: { upKbps: 2_000, downKbps: 10_000 },
      slowed: false,
      idleSeconds: 1_800,
      resumeCode: 'WMQK-2345',
    },
  },
  connected: { ...frame(language, '/status'), page: 'connected', secondsLeft: 7200, continueTo: 'http://madiunkota.go.id/' },
  status: {
    ...frame(language, '/status'),
    page: 'status',
    online: true,
    secondsLeft: 5025,
    upOctets: 4_210_000,
    downOctets: 186_400_000,
    countersAge: 9,
  },
  'status-public': {
    ...frame(language, '/status'),
    page: 'status',
    online: true,
    secondsLeft: 1_325,
    upOctets: 14_210_000,
    downOctets: 466_400_000,
    countersAge: 1,
    allowance: {
      group: { name: 'umum', class: 'public' },
      octetsLeft: 19_390_000,
      rate: { upKbps: 512, downKbps: 1_500 },
      slowed: true,
      idleSeconds: 900,
      resumeCode: 'K7QF-M3TX',
    },
  },
  'status-staff': {
    ...frame(language, '/status'),
    page: 'status',
    online: true,
    secondsLeft: 28_800,
    upOctets: 0,
    downOctets: 0,
    countersAge: 1,
    allowance: { group: { name: 'petugas', class: 'staff' }, rate: { upKbps: 0, downKbps: 50_000 }, slowed: false },
  },
  'status-ended': {
    ...frame(language, '/status'),
    page: 'status',
    online: false,
    secondsLeft: 0,
    upOctets: 0,
    downOctets: 0,
    countersAge: 3,
    endedBecause: 'idle',
  },
  'status-offline': {
    ...frame(language, '/status'),
    page: 'status',
    online: false,
    secondsLeft: 0,
    upOctets: 0,
    downOctets: 0,
    countersAge: 0,
  },
  complaint: { ...frame(language, '/aduan'), page: 'complaint', formToken: 'form-1', values: {}, problems: {}, online: false },
  'complaint-problems': {
    ...frame(language, '/aduan'),
    page: 'complaint',
    formToken: 'form-1',
    values: { category: 'lampu', text: 'mati', contact: 'besok', anonymous: true },
    problems: { category: 'missing', text: 'too-short', contact: 'not-a-contact' },
    online: false,
  },
  'complaint-too-many': {
    ...frame(language, '/aduan'),
    page: 'complaint',
    formToken: 'form-1',
    values: { category: 'jalan', text: 'Lubang besar di depan pasar.' },
    problems: {},
    tooMany: true,
    online: true,
  },
  'complaint-not-kept': {
    ...frame(language, '/aduan'),
    page: 'complaint',
    formToken: 'form-1',
    values: { category: 'jalan', text: 'Lubang besar di depan pasar.' },
    problems: {},
    notKept: true,
    online: true,
  },
  'ticket-in-memory': {
    ...frame(language, '/tiket?kode=K7QF-M3TX'),
    page: 'ticket',
    code: 'K7QF-M3TX',
    fresh: true,
    category: 'lampu',
    filedAt: MONDAY_MORNING,
    delivered: false,
    inMemory: true,
    history: [],
  },
  'ticket-fresh': {
    ...frame(language, '/tiket?kode=K7QF-M3TX'),
    page: 'ticket',
    code: 'K7QF-M3TX',
    fresh: true,
    category: 'lampu',
    filedAt: MONDAY_MORNING,
    delivered: false,
    history: [],
  },
  'ticket-answered': {
    ...frame(language, '/tiket?kode=K7QF-M3TX'),
    page: 'ticket',
    code: 'K7QF-M3TX',
    fresh: false,
    category: 'lampu',
    filedAt: MONDAY_MORNING - 2 * 86_400_000,
    delivered: true,
    link: 'http://10.77.0.1/tiket?kode=K7QF-M3TX',
    latest: {
      code: 'K7QF-M3TX',
      version: 6,
      status: 'selesai',
      office: 'Dinas Perhubungan',
      answer: 'Lampu di depan RT 14 sudah diganti pagi ini.\nTerima kasih sudah melapor.',
      photo: PHOTO,
      at: MONDAY_MORNING - 3_600_000,
    },
    history: [
      { status: 'menunggu', at: MONDAY_MORNING - 2 * 86_400_000 },
      { status: 'koordinasi', office: 'Dinas Komunikasi dan Informatika', at: MONDAY_MORNING - 86_400_000 },
      { status: 'disposisi', office: 'Dinas Perhubungan', at: MONDAY_MORNING - 80_000_000 },
      { status: 'proses', office: 'Dinas Perhubungan', at: MONDAY_MORNING - 70_000_000 },
      { status: 'selesai', office: 'Dinas Perhubungan', at: MONDAY_MORNING - 3_600_000 },
    ],
  },
  'ticket-working': {
    ...frame(language, '/tiket?kode=K7QF-M3TX'),
    page: 'ticket',
    code: 'K7QF-M3TX',
    fresh: false,
    category: 'wifi',
    filedAt: MONDAY_MORNING,
    delivered: true,
    latest: { code: 'K7QF-M3TX', version: 3, status: 'disposisi', office: 'Dinas Perhubungan', at: MONDAY_MORNING },
    history: [],
  },
  'ticket-lookup': { ...frame(language, '/tiket'), page: 'ticket-lookup' },
  'ticket-lookup-problem': { ...frame(language, '/tiket'), page: 'ticket-lookup', entered: 'K7QF-M3T0', problem: 'format' },
  problem: { ...frame(language, '/'), page: 'problem', kind: 'unknown-device' },
})

function withoutClip(page: WelcomePage): WelcomePage {
  const copy = { ...page }
  delete copy.clip
  return copy
}
