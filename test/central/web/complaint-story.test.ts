/** A complaint through the real kernel and the real screens: verifier, head on a phone, staff with a photo. */
import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { Browser } from 'playwright-core'
import sharp from 'sharp'
import { build } from 'vite'
import { buildApp } from '#central/app.ts'
import { openDatabase } from '#central/platform/db/database.ts'
import { arrival, centralOn, PASSWORD, person, prepareDatabase } from '#test/support/central.ts'
import { DESK, keepPicture, openBrowser, PHONE, watchedPage } from './browser.ts'
import { DIST, screensAreBuilt } from './fixture-server.ts'

const CONFIG = new URL('../../../central/web/vite.config.ts', import.meta.url).pathname

async function signedIn(browser: Browser, origin: string, username: string, viewport = DESK) {
  const watched = await watchedPage(browser, { viewport })
  await watched.page.goto(`${origin}/aduan`)
  await watched.page.getByLabel('Nama pengguna').fill(username)
  await watched.page.getByLabel('Kata sandi').fill(PASSWORD)
  await watched.page.getByRole('button', { name: 'Masuk', exact: true }).click()
  await watched.page.waitForSelector('.queue')
  return watched
}

test('a complaint is forwarded, instructed on a phone within seconds, and answered with a photo', { timeout: 120_000 }, async (t) => {
  if (!screensAreBuilt()) await build({ configFile: CONFIG, logLevel: 'error' })
  const database = await openDatabase({ file: ':memory:' })
  await prepareDatabase(database)
  const parts = centralOn(database)
  const { kernel, files, live, complaints } = parts
  const app = await buildApp({
    kernel,
    files,
    modules: [complaints],
    noc: null,
    live,
    publicUrl: null,
    trustProxy: [],
    webRoot: DIST,
    log: false,
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const browser = await openBrowser()
  t.after(async () => {
    await browser.close()
    await app.close()
    await database.close()
    parts.forget()
  })
  const desk = await person(parts, 'Verifikator Aduan')
  const chief = await person(parts, 'Kepala Dinas Perhubungan')
  const staff = await person(parts, 'Staf Pelayanan Dishub')

  const verifier = await signedIn(browser, origin, desk.username)
  const head = await signedIn(browser, origin, chief.username, PHONE)
  const worker = await signedIn(browser, origin, staff.username)
  await head.page.getByText('Belum ada aduan').waitFor()

  await complaints.receive(arrival({ text: 'Lampu jalan mati <script>alert(1)</script> sejak tiga malam.' }))
  await verifier.page.getByRole('link', { name: /Lampu jalan LP-/ }).click()
  await verifier.page.getByRole('button', { name: 'Teruskan' }).click()
  assert.match(await verifier.page.locator('dialog select option:checked').innerText(), /Dinas Perhubungan \(usulan/)
  await verifier.page.getByRole('button', { name: 'Teruskan ke OPD' }).click()
  await verifier.page.getByText('Diteruskan.', { exact: true }).waitFor()

  // The head did nothing: it came by itself.
  await head.page.getByRole('link', { name: /Lampu jalan LP-/ }).click()
  await head.page.getByRole('button', { name: 'Instruksi', exact: true }).click()
  await keepPicture(head.page, 'central-instruction-phone')
  await head.page.getByRole('button', { name: 'Kirim instruksi' }).click()
  await head.page.getByText('Instruksi terkirim.').waitFor()

  await worker.page.getByText('menunggu Anda').waitFor()
  await worker.page.getByRole('link', { name: /Lampu jalan LP-/ }).click()
  await worker.page.getByRole('button', { name: 'Jawab' }).click()
  await worker.page.getByLabel('Jawaban untuk warga').fill('Lampu sudah kami ganti pagi ini.')
  const photo = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#0b5c4a' } })
    .jpeg()
    .toBuffer()
  await worker.page.getByLabel(/foto bukti/).setInputFiles({ name: 'lampu.jpg', mimeType: 'image/jpeg', buffer: photo })
  await worker.page.getByText('Foto siap dikirim').waitFor()
  await worker.page.getByRole('button', { name: 'Kirim jawaban' }).click()
  await worker.page.getByText('Jawaban terkirim.').waitFor()
  const shown = worker.page.locator('img.answer-photo')
  await shown.scrollIntoViewIfNeeded()
  await worker.page.waitForFunction(() => (document.querySelector('img.answer-photo') as HTMLImageElement | null)?.naturalWidth === 640)
  await keepPicture(worker.page, 'central-answered')

  // The verifier's page, still open on the case, has moved on with it.
  await verifier.page.getByText('Lampu sudah kami ganti pagi ini.').waitFor()
  await verifier.page.getByRole('button', { name: 'Selesaikan' }).click()
  await verifier.page.getByRole('button', { name: 'Selesaikan aduan' }).click()
  await verifier.page.getByText('Aduan selesai.').waitFor()
  assert.deepEqual([...verifier.problems, ...head.problems, ...worker.problems], [])
})
