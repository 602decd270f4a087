/** "Telemetri masuk" and the quarantine as a NOC operator uses them. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { build } from 'vite'
import { reasonOf } from '#central/noc/pages/quarantine-reason.ts'
import { openBrowser, watchedPage } from './browser.ts'
import { fixtureServer, screensAreBuilt } from './fixture-server.ts'

const CONFIG = new URL('../../../central/web/vite.config.ts', import.meta.url).pathname

let browser: Browser
before(async () => {
  if (!screensAreBuilt()) await build({ configFile: CONFIG, logLevel: 'error' })
  browser = await openBrowser()
})
after(() => browser.close())

test('two boxes of one name, a silent worker and lost records are told in words', async () => {
  await using server = await fixtureServer({ roles: ['noc'] })
  const { page, problems } = await watchedPage(browser)
  await page.goto(`${server.origin}/noc/masuk`)
  await page.getByText('dua kotak satu nama').waitFor()
  assert.ok(await page.getByText('separuhnya dalam 20 detik, 95% dalam 1 jam').isVisible())
  assert.ok(await page.getByText('Kotak sendiri membuang catatan pemakaian karena antreannya penuh.').isVisible())
  assert.equal(await page.locator('tr', { hasText: 'ingest-8-f' }).locator('.stale').count(), 1)
  assert.equal(await page.locator('tr', { hasText: 'ingest-0-7' }).locator('.stale').count(), 0)
  assert.deepEqual(problems, [])
  await page.context().close()
})

test('what was refused is explained, tried again by one press, and the outcome is said', async () => {
  await using server = await fixtureServer({ roles: ['noc'] })
  const { page, problems } = await watchedPage(browser)
  await page.goto(`${server.origin}/noc/karantina`)
  await page.getByText('Kotak ini belum terdaftar. Daftarkan, lalu coba lagi.').waitFor()
  await page.getByRole('button', { name: /Coba lagi semua yang tampak/ }).click()
  await page.getByText('1 diterima, 0 ternyata sudah tersimpan, 1 tetap ditolak.').waitFor()
  assert.deepEqual(problems, [])
  await page.context().close()
})

test('a clock of central that leapt stops removal, in words, until somebody says that it is right', async () => {
  await using server = await fixtureServer({ roles: ['noc'] })
  server.state.clockLeapt = true
  const { page, problems } = await watchedPage(browser)
  await page.goto(`${server.origin}/noc/masuk`)
  const alarm = page.getByRole('alert').filter({ hasText: 'jam pusat meloncat' })
  await alarm.waitFor()
  assert.match(await alarm.innerText(), /1 sependapat, 12 berbeda/)
  await page.getByRole('button', { name: 'Jam pusat benar, lanjutkan penghapusan' }).click()
  await alarm.waitFor({ state: 'detached' })
  assert.deepEqual(problems, [])
  await page.context().close()
})

test('who may only look is offered nothing to press', async () => {
  await using server = await fixtureServer({ roles: ['executive'] })
  const { page } = await watchedPage(browser)
  await page.goto(`${server.origin}/noc/masuk`)
  await page.waitForSelector('.box-roads td')
  assert.equal(await page.getByRole('link', { name: 'Buka karantina' }).count(), 0)
  await page.context().close()
})

test('every reason that ingest gives has words of its own', () => {
  const folder = join(import.meta.dirname, '../../../central/noc')
  const sources = ['ingest', 'road'].flatMap((part) =>
    readdirSync(join(folder, part)).flatMap((file) => (file.endsWith('.ts') ? [readFileSync(join(folder, part, file), 'utf8')] : [])),
  )
  const wire = readFileSync(join(folder, '../../edge/wire/envelope.ts'), 'utf8')
  const texts = [...sources, wire].flatMap((source) =>
    [...source.matchAll(/(?:reason(?::| =)|refused\(|return) ([`'])((?:(?!\1).)+)\1/g)].map((found) => found[2]!),
  )
  const reasons = texts
    .filter((text) => text.includes(' '))
    .map((text) => text.replaceAll(/\$\{[^}]*\}/g, 'x'))
    .map((text) => (/^(unknown kind|usage is more|x does not belong)/.test(text) ? `record 1: ${text}` : text))
  assert.ok(reasons.length >= 20, `only ${reasons.length} found: the search no longer fits the code`)
  assert.deepEqual(
    reasons.filter((reason) => reasonOf(reason).code === 'other' && !/^x x x$/.test(reason)),
    [],
  )
})
