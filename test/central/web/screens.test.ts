/** The staff screens in a real Chromium: usable by keyboard, inert to hostile text, honest about state and connection. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { DESK, keepPicture, openBrowser, PHONE, WALL, watchedPage } from './browser.ts'
import { type FixtureServer, fixtureServer, screensAreBuilt } from './fixture-server.ts'
import * as made from './fixtures.ts'

const CONFIG = new URL('../../../central/web/vite.config.ts', import.meta.url).pathname
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let browser: Browser
let noc: FixtureServer
let head: FixtureServer

before(async () => {
  if (!screensAreBuilt()) await build({ configFile: CONFIG, logLevel: 'error' })
  browser = await openBrowser()
  noc = await fixtureServer({ roles: ['admin', 'noc', 'verifier'], actions: ['teruskan', 'arsipkan'] })
  head = await fixtureServer({ roles: ['opd-head'], actions: ['instruksikan', 'terima', 'jawab', 'kembalikan'] })
})
after(async () => {
  await browser.close()
  await noc[Symbol.asyncDispose]()
  await head[Symbol.asyncDispose]()
})

type Finding = { id: string; impact: string | null; nodes: { html: string }[] }

async function accessibilityFaults(page: Page): Promise<string[]> {
  // By evaluate, not by a script tag: the page's own policy stays in force.
  await page.evaluate(axeSource)
  const found = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(options: object): Promise<{ violations: Finding[] }> } }
    return (await axe.run({ resultTypes: ['violations'] })).violations
  })
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`)
}

const SCREENS: readonly (readonly [name: string, server: () => FixtureServer, path: string, ready: string])[] = [
  ['noc', () => noc, '/noc', '.hotspots tbody a'],
  ['hotspot', () => noc, '/noc/h/hs-0004?range=24h', '.plot canvas'],
  ['policy', () => noc, '/noc/aturan', '.rollout-bar'],
  ['radius-users', () => noc, '/noc/radius', '.radius-table td'],
  ['radius-sessions', () => noc, '/noc/radius/sesi', '.radius-table td'],
  ['radius-refused', () => noc, '/noc/radius/ditolak', '.radius-table td'],
  ['radius-points', () => noc, '/noc/radius/titik-akses', '.radius-table td'],
  ['ingest', () => noc, '/noc/masuk', '.box-roads td'],
  ['quarantine', () => noc, '/noc/karantina', '.quarantine-table td'],
  ['wall-links', () => noc, '/noc/layar', 'table td'],
  ['accounts', () => noc, '/akun', 'table td'],
  ['sessions', () => noc, '/sesi', 'table td'],
  ['queue', () => noc, '/aduan', '.case-row'],
  ['queue-of-a-head', () => head, '/aduan', '.case-row'],
  ['complaint', () => noc, '/aduan/100', '.citizen'],
  ['complaint-of-a-head', () => head, '/aduan/100', '.citizen'],
]
const VIEWS = [
  { view: 'desk-light', options: { viewport: DESK } },
  { view: 'desk-dark', options: { viewport: DESK, dark: true } },
  { view: 'phone', options: { viewport: PHONE } },
  { view: 'narrow', options: { viewport: { width: 320, height: 640 } } },
]

for (const { view, options } of VIEWS) {
  test(`every screen is accessible and fits its width: ${view}`, async () => {
    const { page, problems } = await watchedPage(browser, options)
    for (const [name, server, path, ready] of SCREENS) {
      await page.goto(server().origin + path)
      await page.waitForSelector(ready)
      if (view !== 'narrow') await keepPicture(page, `${name}-${view}`)
      assert.deepEqual(await accessibilityFaults(page), [], `${name} ${view}`)
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      assert.ok(overflow <= 0, `${name} ${view} is ${overflow} px wider than its window`)
    }
    assert.deepEqual(problems, [])
    await page.context().close()
  })
}

test('the wall fills a Full HD screen, drops its token, is accessible, and clears when its link is revoked', async () => {
  await using server = await fixtureServer({ roles: ['admin'] })
  const { page, problems } = await watchedPage(browser, { viewport: WALL })
  await page.goto(`${server.origin}/wall#k2J9sT0qVb`)
  await page.waitForSelector('.wall-visitors')
  assert.equal(new URL(page.url()).hash, '')
  await keepPicture(page, 'wall')
  assert.deepEqual(await accessibilityFaults(page), [])
  assert.ok(await page.getByText('SIMULASI').isVisible())
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('.wall *')]
      .filter((element) => !element.closest('svg') && element.childElementCount === 0 && element.textContent?.trim())
      .filter((element) => Number.parseFloat(getComputedStyle(element).fontSize) < 28)
      .map((element) => element.textContent),
  )
  assert.deepEqual(small, [], 'every label can be read from four metres')

  server.state.rowsWanted = (rows) => rows.map((row, index) => (index < 25 ? { ...row, state: 'offline' as const } : row))
  server.publish({ type: 'city', at: Date.now() })
  await page.waitForSelector('.wall-alarm')
  await keepPicture(page, 'wall-emergency')

  server.state.walls = 'revoked'
  server.publish({ type: 'city', at: Date.now() })
  await page.getByText('Tautan layar ini sudah dicabut').waitFor()
  assert.deepEqual(problems, [])
  await page.context().close()
})

test('a wall whose server was away goes on by itself, without its token', async () => {
  await using server = await fixtureServer({ roles: ['admin'] })
  const { page } = await watchedPage(browser, { viewport: WALL })
  await page.goto(`${server.origin}/wall#k2J9sT0qVb`)
  await page.waitForSelector('.wall-visitors')
  await page.context().setOffline(true)
  const gone = Date.now() + 10_000
  while (server.streams.size > 0 && Date.now() < gone) {
    for (const stream of server.streams) stream.destroy()
    await page.waitForTimeout(50)
  }
  server.state.rowsWanted = (rows) => rows.map((row, index) => (index < 25 ? { ...row, state: 'offline' as const } : row))
  await page.context().setOffline(false)
  await page.waitForSelector('.wall-alarm')
  await page.context().close()
})

test('text that citizens or boxes send stays text on every screen', async () => {
  const PAYLOADS = [
    '<img src=x onerror=alert(1)>',
    '"><script>alert(1)</script><svg/onload=alert(1)>',
    'javascript:alert(1)//<a href="javascript:alert(1)">x</a>{{7*7}}${7*7}',
    '<style>*{display:none}</style><iframe srcdoc="<script>parent.alert(1)</script>">',
  ]
  for (const text of PAYLOADS) {
    await using server = await fixtureServer({
      roles: ['admin', 'noc', 'verifier', 'opd-head'],
      actions: ['teruskan', 'instruksikan', 'jawab', 'arsipkan'],
      text,
    })
    const { page, problems } = await watchedPage(browser)
    for (const [name, , path] of SCREENS) {
      await page.goto(server.origin + path)
      await page
        .waitForFunction((wanted) => document.body.innerText.includes(wanted), text.slice(0, 20), { timeout: 10_000 })
        .catch((cause: unknown) => {
          throw new Error(`${name} does not show the text it was given`, { cause })
        })
    }
    await page.getByRole('button', { name: 'Instruksi', exact: true }).click()
    await page.waitForSelector('dialog[open] .pick')
    await page.goto(`${server.origin}/wall#t`)
    await page.waitForSelector('.wall-complaints .latest li')
    assert.equal(await page.locator('main img, main script, main iframe, main style, a[href^="javascript"]').count(), 0)
    assert.deepEqual(problems, [])
    await page.context().close()
  }
})

test('filters of the network live in the address: they survive reload, Back and a copied link', async () => {
  const { page } = await watchedPage(browser)
  await page.goto(`${noc.origin}/noc`)
  await page.getByRole('link', { name: /Terputus/ }).click()
  await page.waitForURL(/state=offline/)
  const offline = await page.locator('.hotspots tbody a[data-row]').count()
  assert.ok(offline > 0 && offline < 60)
  await page.reload()
  await page.waitForSelector('.hotspots tbody a')
  assert.equal(await page.locator('.hotspots tbody a[data-row]').count(), offline)
  await page.getByRole('link', { name: /^Kejuron:/ }).click()
  await page.waitForURL(/kelurahan=/)
  await page.goBack()
  await page.waitForURL((url) => !url.searchParams.has('kelurahan') && url.searchParams.get('state') === 'offline')
  await page.goBack()
  await page.waitForURL((url) => url.search === '')
  await page.getByRole('button', { name: 'Pengunjung' }).click()
  await page.waitForURL(/sort=online/)
  assert.equal(await page.locator('th[aria-sort="descending"]').count(), 1)
  await page.context().close()
})

test('the queue can be worked without a mouse', async () => {
  const { page } = await watchedPage(browser)
  await page.goto(`${noc.origin}/aduan`)
  await page.waitForSelector('.case-row')
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('k')
  await page.keyboard.press('j')
  assert.equal(await page.evaluate(() => (document.activeElement as HTMLElement).dataset['row']), '1')
  await page.keyboard.press('/')
  await page.keyboard.type('lubang j')
  await page.waitForURL(/q=lubang/)
  // Letters typed into a field are not shortcuts.
  await page.waitForFunction(() => document.querySelectorAll('.case-row').length === 0)
  await page.keyboard.press('Backspace')
  await page.keyboard.press('Backspace')
  await page.waitForFunction(() => document.querySelectorAll('.case-row').length === 1)
  await page.evaluate(() => (document.activeElement as HTMLElement).blur())
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/aduan\/102$/)
  await page.getByRole('button', { name: 'Teruskan' }).focus()
  await page.keyboard.press('Enter')
  await page.waitForSelector('dialog[open]')
  await page.keyboard.press('Escape')
  await page.waitForSelector('dialog[open]', { state: 'detached' })
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Teruskan', 'the focus returns to where it came from')
  await page.keyboard.press('?')
  await page.getByRole('heading', { name: 'Tombol pintas' }).waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+k')
  await page.keyboard.type('RT 03 Klegen')
  await page.locator('[role="option"]', { hasText: 'Klegen' }).first().waitFor()
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/noc\/h\//)
  await page.context().close()
})

test('a head of office sends an instruction with two taps on a phone', async () => {
  const { page } = await watchedPage(browser, { viewport: PHONE, hasTouch: true })
  await page.goto(`${head.origin}/aduan/100`)
  await page.getByRole('button', { name: 'Instruksi', exact: true }).tap()
  const send = page.getByRole('button', { name: 'Kirim instruksi' })
  await keepPicture(page, 'instruction-phone')
  assert.ok(await send.evaluate((element) => element.getBoundingClientRect().bottom <= window.innerHeight), 'the button is in reach')
  await send.tap()
  await page.getByText('Instruksi terkirim.').waitFor()
  const act = head.state.acts.at(-1)
  assert.equal(act?.action, 'instruksikan')
  assert.equal(act?.['toPositionId'], 5)
  assert.ok(Number(act?.['dueAt']) > Date.now())
  await page.context().close()
})

test('when the case changed meanwhile, the screen says what changed and keeps what was typed', async () => {
  const { page } = await watchedPage(browser)
  await page.goto(`${head.origin}/aduan/101`)
  await page.getByRole('button', { name: 'Jawab' }).click()
  const answer = page.getByLabel('Jawaban untuk warga')
  await answer.fill('Lampu sudah kami ganti tadi pagi, terima kasih.')
  const seen = head.page(101)!
  const entry = {
    at: Date.now(),
    actor: 'Dewi Lestari',
    position: 'Staf Rambu',
    action: 'terima',
    summary: 'Aduan diterima',
    auditNumber: 5_000,
  }
  head.state.stale = { ...seen, row: { ...seen.row, version: 9 }, history: [...seen.history, entry] }
  await page.getByRole('button', { name: 'Kirim jawaban' }).click()
  await page.getByText('Aduan ini berubah sejak Anda membukanya').waitFor()
  assert.ok(await page.getByText(/Dewi Lestari \(Staf Rambu\).*Aduan diterima/).isVisible())
  assert.equal(await answer.inputValue(), 'Lampu sudah kami ganti tadi pagi, terima kasih.')
  await page.getByRole('button', { name: 'Tutup' }).click()
  await page.getByRole('button', { name: 'Jawab' }).click()
  assert.equal(await answer.inputValue(), 'Lampu sudah kami ganti tadi pagi, terima kasih.', 'closing the form loses nothing')
  await page.context().close()
})

test('what happens in the network reaches an open screen by itself, and a lost connection is said', async () => {
  await using server = await fixtureServer({ roles: ['noc'] })
  const { page } = await watchedPage(browser)
  await page.goto(`${server.origin}/noc?q=hs-0001`)
  await page.locator('.hotspots .state', { hasText: 'Online' }).waitFor()
  await page.waitForFunction(() => true)
  const until = Date.now() + 10_000
  while (server.streams.size === 0 && Date.now() < until) await page.waitForTimeout(50)
  server.publish({ type: 'hotspot', node: 'hs-0001', state: 'degraded', reason: 'disk', online: 31, heardAt: Date.now() + 1_000 })
  await page.locator('.hotspots .state', { hasText: 'Terganggu' }).waitFor()
  assert.ok(await page.locator('.reason', { hasText: 'disk hampir penuh' }).isVisible())
  await server[Symbol.asyncDispose]()
  await page.getByText(/Terputus dari server/).waitFor()
  await page.context().close()
})

test('2,500 hotspots cost the page no more rows than the window holds', async () => {
  await using server = await fixtureServer({ roles: ['noc'], hotspots: 2_500 })
  const { page } = await watchedPage(browser)
  await page.goto(`${server.origin}/noc?sort=name`)
  await page.waitForSelector('.hotspots tbody a')
  assert.ok((await page.locator('.hotspots tbody a[data-row]').count()) < 80)
  assert.equal(await page.locator('.hotspots').getAttribute('aria-rowcount'), '2501')
  for (let step = 0; step < 60; step++) await page.keyboard.press('j')
  await page.waitForFunction(() => Number((document.activeElement as HTMLElement | null)?.dataset['row']) >= 20)
  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight))
  await page.locator('a[data-row="2499"]').waitFor()
  await page.context().close()
})

test('signing in says in words what is wrong, takes a pasted code, and leads through the password to the first screen', async () => {
  await using server = await fixtureServer({ roles: ['opd-head'], signedIn: false })
  const { page, problems } = await watchedPage(browser)
  await page.goto(`${server.origin}/aduan?mine=1`)
  await page.getByLabel('Nama pengguna').fill('sri')
  await page.getByLabel('Kata sandi').fill('salah')
  await keepPicture(page, 'sign-in')
  assert.deepEqual(await accessibilityFaults(page), [])
  await page.getByRole('button', { name: 'Masuk', exact: true }).click()
  await page.getByText('Nama pengguna atau kata sandi salah.').waitFor()
  await page.getByRole('button', { name: 'Saya punya kode sekali pakai' }).click()
  await page.getByLabel('Kode sekali pakai', { exact: true }).fill(' K7QF-M3TX ')
  await page.getByRole('button', { name: 'Lanjut' }).click()
  await page.getByRole('heading', { name: 'Buat kata sandi' }).waitFor()
  assert.deepEqual(await accessibilityFaults(page), [])
  await page.getByLabel('Kata sandi baru').fill('empat kuda minum kopi')
  await page.getByRole('button', { name: 'Simpan dan masuk' }).click()
  await page.waitForSelector('.case-row.mine')
  assert.equal(new URL(page.url()).search, '?mine=1', 'the address asked for is where one lands')
  assert.deepEqual(problems, [])
  await page.context().close()
})

test('a session that ends shows the gate, and signing in again returns to the same screen', async () => {
  await using server = await fixtureServer({ roles: ['verifier'] })
  const { page } = await watchedPage(browser)
  await page.goto(`${server.origin}/aduan/100`)
  await page.waitForSelector('.citizen')
  server.state.signedIn = false
  await page.getByRole('link', { name: '← Semua aduan' }).click()
  await page.getByLabel('Nama pengguna').fill('sri.wahyuni')
  await page.getByLabel('Kata sandi').fill('rahasia sekali')
  await page.getByRole('button', { name: 'Masuk', exact: true }).click()
  await page.waitForSelector('.case-row')
  await page.context().close()
})

test('the screens speak English when asked, and remember it', async () => {
  const { page } = await watchedPage(browser)
  await page.goto(`${noc.origin}/noc`)
  await page.getByRole('button', { name: /^Menu/ }).click()
  await page.getByRole('button', { name: 'English' }).click()
  await page.keyboard.press('Escape')
  await page.getByRole('heading', { name: /hotspots healthy/ }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: /hotspots healthy/ }).waitFor()
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en')
  await page.context().close()
})

test('a one-time code is shown once, ready to copy', async () => {
  const { page } = await watchedPage(browser)
  await page.goto(`${noc.origin}/akun`)
  await page.getByRole('button', { name: 'Undang Petugas NOC' }).click()
  await page.getByLabel('Nama pejabat').fill('Joko Susilo')
  await page.getByLabel('Nama pengguna').fill('joko.susilo')
  await page.getByRole('button', { name: 'Buat kode' }).click()
  await page.getByText('hanya ditampilkan sekali').waitFor()
  assert.equal(await page.getByLabel('Kode sekali pakai', { exact: true }).inputValue(), 'W4RP-9HKD')
  await page.context().close()
})

test('every chart has its table, and its gaps say that there is no data', async () => {
  const { page } = await watchedPage(browser)
  await page.goto(`${noc.origin}/noc/h/hs-0004?range=7d`)
  await page.waitForSelector('.plot canvas')
  const tables = page.getByRole('button', { name: 'Lihat sebagai tabel' })
  const charts = await page.locator('.chart').count()
  assert.equal(await tables.count(), charts)
  await tables.first().click()
  await page.locator('.chart-table td', { hasText: 'tidak ada data' }).first().waitFor()
  assert.equal(made.series(Date.now(), '7d').length >= (await page.locator('.chart-table tbody tr').count()), true)
  await page.context().close()
})
