import { deepEqual, doesNotMatch, equal, match, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { LANGUAGES, type Page } from '#edge/wire/page.ts'
import { COMPLAINT_CATEGORIES } from '#edge/wire/complaint.ts'
import { WORDS } from '#portal/words/speak.ts'
import { builtPortal } from './built.ts'
import { newsIn, samples, welcome } from './samples.ts'

/** One response that paints the first view over a bad link. */
const PAGE_BYTES_MAX = 14 * 1024
const ISLAND_BYTES_MAX = 4 * 1024

const { render, inlineStyleHashes, islandFile } = await builtPortal()
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')

test('every page in every language is whole: language, title, 112, landmarks, languages', () => {
  for (const language of LANGUAGES) {
    for (const [name, page] of Object.entries(samples(language))) {
      const html = render(page)
      ok(html.startsWith(`<!doctype html><html lang="${language}">`), name)
      match(html, /<title>[^<]+ · madiuntoday<\/title>/)
      match(html, /<a class="sos" href="tel:112"/)
      for (const landmark of ['<header', '<main', '<footer', '<h1']) ok(html.includes(landmark), `${name}: ${landmark}`)
      for (const other of LANGUAGES) ok(html.includes(`b=${other}`), `${name}: link to ${other}`)
      ok(!html.includes('undefined') && !html.includes('[object'), name)
    }
  }
})

test('every page stays in its budget', () => {
  for (const language of LANGUAGES) {
    for (const [name, page] of Object.entries(samples(language))) {
      const bytes = gzipSync(render(page)).length
      ok(bytes <= PAGE_BYTES_MAX, `${name} in ${language}: ${bytes} bytes`)
    }
  }
  ok(statSync(islandFile).size <= ISLAND_BYTES_MAX)
})

test('nothing inline but the one hashed style, and nothing from another host', () => {
  for (const [name, page] of Object.entries(samples('id'))) {
    const html = render(page)
    const styles = [...html.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(
      ([, code]) => `sha256-${createHash('sha256').update(code!).digest('base64')}`,
    )
    deepEqual(styles, inlineStyleHashes, name)
    doesNotMatch(html, /\sstyle=/)
    doesNotMatch(html, /\son\w+=/)
    for (const [, attributes] of html.matchAll(/<script\b([^>]*)>/g)) match(attributes!, /src="\/assets\/island\.js"/)
    for (const [, address] of html.matchAll(/\s(?:src|poster|action)="([^"]*)"/g)) match(address!, /^(\/[^/]|\/$|data:image\/jpeg;base64,)/)
  }
})

test('the welcome page holds the film, the clock, the form and the services, in each language', () => {
  for (const language of LANGUAGES) {
    const html = render(welcome(language))
    const words = WORDS[language]
    match(html, /<video [^>]*controls[^>]*>/)
    match(html, /preload="none"/)
    match(html, /<track kind="captions"/)
    match(html, /<form class="go" method="post" action="\/lanjut"/)
    match(html, /name="token" value="token-of-this-viewing"/)
    ok(html.includes(escaped(words['continue.wait'].replace('{seconds}', '23'))))
    for (const card of newsIn(language)) ok(html.includes(escaped(card.title)), card.id)
    for (const key of ['nav.complain', 'nav.lookup', 'privacy.heading', 'privacy.device'] as const)
      ok(html.includes(escaped(words[key])), key)
    match(html, /<path class="lit"/)
  }
})

test('without scripts the page loads itself again when the time is up, and the button is never disabled by the server', () => {
  match(render(welcome('id')), /<noscript><meta http-equiv="refresh" content="24"\/?><\/noscript>/)
  doesNotMatch(render(welcome('id')), /<button class="btn big"[^>]*disabled/)
  doesNotMatch(render({ ...welcome('id'), secondsLeft: 0 }), /http-equiv="refresh"/)
})

test('a box without firewall, without upstream, without clip, without a clock says so and offers no way on', () => {
  const html = render(samples('id')['welcome-alone']!)
  for (const key of ['notice.noFirewall.title', 'notice.uplink.title', 'film.missing', 'greeting.plain'] as const)
    ok(html.includes(WORDS.id[key]), key)
  doesNotMatch(html, /action="\/lanjut"/)
  doesNotMatch(html, /2026/)
})

test('pressing too early is answered with the time left', () => {
  ok(render(samples('id')['welcome-early']!).includes('Tunggu 8 detik lagi'))
})

test('the complaint form offers every kind, keeps what was typed and names each problem twice', () => {
  const html = render(samples('id')['complaint-problems']!)
  for (const kind of COMPLAINT_CATEGORIES) ok(html.includes(`value="${kind}"`), kind)
  match(html, /value="lampu"[^>]*checked|checked[^>]*value="lampu"/)
  match(html, />mati<\/textarea>/)
  match(html, /value="besok"/)
  match(html, /role="alert"/)
  for (const key of ['problem.category.missing', 'problem.text.too-short', 'problem.contact.not-a-contact'] as const)
    equal(html.split(WORDS.id[key]).length, 3, key)
  match(html, /aria-invalid="true"/)
})

test('a device that reports too often is shown the other doors', () => {
  const html = render(samples('id')['complaint-too-many']!)
  ok(html.includes(WORDS.id['complaint.tooMany.doors']))
  ok(html.includes('Lubang besar di depan pasar.'))
})

test('a ticket shows its code, its QR, where it waits and where it stands', () => {
  const fresh = render(samples('id')['ticket-fresh']!)
  match(fresh, /<span>K7QF<\/span><i>-<\/i><span>M3TX<\/span>/)
  match(fresh, /<svg class="qr"[^>]*role="img"/)
  ok(fresh.includes(WORDS.id['ticket.waiting.title']))
  match(fresh, /<li class="now" aria-current="step">/)
  const answered = render(samples('id')['ticket-answered']!)
  ok(answered.includes('Lampu di depan RT 14 sudah diganti pagi ini.'))
  match(answered, /<img src="data:image\/jpeg;base64,/)
  equal(answered.match(/<li class="done"/g)?.length, 5)
  ok(!answered.includes(WORDS.id['ticket.waiting.title']))
})

test('a ticket closed without action is not shown as done work', () => {
  const page = samples('id')['ticket-answered'] as Extract<Page, { page: 'ticket' }>
  const html = render({ ...page, latest: { ...page.latest!, status: 'ditutup' } })
  ok(html.includes(WORDS.id['step.ditutup.note']))
  ok(!html.includes(WORDS.id['step.selesai.note']))
})

test('a photo that is not a JPEG in base64 is left out', () => {
  const page = samples('id')['ticket-answered'] as Extract<Page, { page: 'ticket' }>
  for (const photo of ['AAAA', '/9j/" onerror="alert(1)', 'https://example.org/x.jpg'])
    doesNotMatch(render({ ...page, latest: { ...page.latest!, photo } }), /<img/)
})

test('only a web address becomes the way back to where the visitor was going', () => {
  const page = samples('id')['connected'] as Extract<Page, { page: 'connected' }>
  match(render(page), /href="http:\/\/madiunkota\.go\.id\/"/)
  for (const continueTo of ['javascript:alert(1)', 'data:text/html,x', '//evil', 'http://user@evil/', 'tel:900'])
    ok(!render({ ...page, continueTo }).includes(WORDS.id['connected.go']), continueTo)
})

test('the language links never leave the box', () => {
  for (const path of ['//evil.example/', 'https://evil.example/', '/\\evil.example/', 'javascript:alert(1)']) {
    const html = render({ ...welcome('id'), path })
    match(html, /href="\/\?b=en"/)
    ok(!html.includes('evil.example') && !html.includes('javascript:'), path)
  }
})

test('a refusal says why and until when, keeps the city’s words as typed and leaves the other doors open', () => {
  const closed = render(samples('id')['refused-closed']!)
  for (const words of ['Terbuka lagi besok pukul 05.00', '20 jam 45 menit lagi.', 'Ujian sekolah: Wi-Fi dibuka lagi'])
    ok(closed.includes(words), words)
  for (const door of ['/aduan?b=id', '/tiket?b=id', '/kode?b=id', 'tel:112']) ok(closed.includes(`href="${door}"`), door)
  doesNotMatch(closed, /action="\/lanjut"/)
  const blocked = render(samples('id')['refused-blocked-long']!)
  ok(blocked.includes(WORDS.id['refused.until.never']))
  ok(!blocked.includes(`href="/kode?b=id"`), 'no code helps a device that is blocked')
  // A clock that nobody trusts promises nothing.
  ok(!render(samples('id')['refused-daily-data']!).includes('Terbuka lagi'))
  const page = samples('id')['refused-closed'] as Extract<Page, { page: 'refused' }>
  ok(!render({ ...page, until: page.now - 1 }).includes('Terbuka lagi'))
})

test('the code page has one field that takes anything people type, and says what is wrong with it', () => {
  const html = render(samples('id')['code']!)
  match(html, /<form method="post" action="\/kode">/)
  equal(html.match(/<input[^>]*type="text"/g)?.length, 1)
  doesNotMatch(html, /pattern=/)
  const wrong = render(samples('id')['code-unknown']!)
  ok(wrong.includes(escaped(WORDS.id['code.problem.unknown'])))
  match(wrong, /value="abcd 2345"/)
  match(wrong, /aria-invalid="true"/)
})

test('who is online reads what is left, how fast, why slower, and a code for later', () => {
  const html = render(samples('id')['status-public']!)
  for (const words of [
    '22 menit',
    '19,4 MB',
    'Sesi ini sudah memakai 480,6 MB.',
    'unduh 1,5\u00a0Mbit/s, unggah 512\u00a0kbit/s',
    'bila 15 menit tidak dipakai',
  ])
    ok(html.includes(words), words)
  ok(html.includes(WORDS.id['status.slowed.title']))
  match(html, /<time class="huge" datetime="PT1325S">/)
  match(html, /<progress max="500000000" value="19390000"/)
  match(html, /<span>K7QF<\/span><i>-<\/i><span>M3TX<\/span>/)
  ok(!html.includes(WORDS.id['status.as']), 'the public is not told that it is public')
  const voucher = render(samples('id')['connected-voucher']!)
  for (const words of ['Pemegang voucher', '2 GB', '6 hari', 'WMQK']) ok(voucher.includes(words), words)
})

test('why the last session ended is said in words, and never a raw one', () => {
  const page = samples('id')['status-ended'] as Extract<Page, { page: 'status' }>
  ok(render(page).includes(WORDS.id['ended.idle']))
  const odd = render({ ...page, endedBecause: 'toString' })
  ok(!odd.includes('toString') && !odd.includes(WORDS.id['status.last']))
})

const PAYLOADS = [
  '"><script>alert(1)</script>',
  "'><img src=x onerror=alert(1)>",
  '</style><script>alert(1)</script>',
  '</title><svg onload=alert(1)>',
  '</textarea><script>alert(1)</script>',
]
/** Not free text: closed sets that the box checks before they come here. */
const CLOSED = new Set(['page', 'language', 'icon', 'category', 'status', 'kind', 'problem', 'why', 'class'])

/** The same page with every outside string replaced. */
function poisoned<T>(value: T, payload: string, key = ''): T {
  if (typeof value === 'string') return (CLOSED.has(key) ? value : payload) as T
  if (Array.isArray(value)) return value.map((item) => poisoned(item, payload, key)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, name === 'problems' ? item : poisoned(item, payload, name)]),
  ) as T
}

test('scripts in any prop of any page stay text', () => {
  for (const payload of PAYLOADS) {
    for (const [name, page] of Object.entries(samples('id'))) {
      const html = render(poisoned(page, payload))
      ok(!html.includes(payload), name)
      // Tags are opened by our templates only: an outside "<" is always written as an entity.
      doesNotMatch(html, /<(script>|img src=x|svg onload)/, name)
      const clean = render(page)
      equal(html.match(/<script/g)?.length, clean.match(/<script/g)?.length, name)
    }
  }
})
