/** How a box comes in, on its hotspot's page, and taking that away. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { build } from 'vite'
import { keepPicture, openBrowser, PHONE, watchedPage } from './browser.ts'
import { fixtureServer, screensAreBuilt } from './fixture-server.ts'

const CONFIG = new URL('../../../central/web/vite.config.ts', import.meta.url).pathname

let browser: Browser
before(async () => {
  if (!screensAreBuilt()) await build({ configFile: CONFIG, logLevel: 'error' })
  browser = await openBrowser()
})
after(() => browser.close())

test('the admin takes a box’s access away after being asked, and the page says since when', async () => {
  await using server = await fixtureServer({ roles: ['admin'] })
  const { page, problems } = await watchedPage(browser)
  await page.goto(`${server.origin}/noc/h/hs-0004`)
  const card = page.locator('section', { has: page.getByRole('heading', { name: 'Akses kotak' }) })
  assert.match(await card.innerText(), /Masuk dengan\s+sertifikat/)
  assert.match(await card.innerText(), /5fbd0d19 · sedang dipakai/)
  await card.getByText('Sertifikat lain: 1').click()
  assert.match(await card.innerText(), /4a11c3d0 dicabut/)
  await card.scrollIntoViewIfNeeded()
  await keepPicture(page, 'access-desk')

  await card.getByRole('button', { name: 'Cabut akses kotak' }).click()
  const dialog = page.getByRole('dialog', { name: /^Cabut akses .*\?$/ })
  await dialog.waitFor()
  await keepPicture(page, 'access-asked')
  await dialog.getByRole('button', { name: 'Batal' }).click()
  assert.equal(server.state.revoked, null, 'asked, and not done')
  await card.getByRole('button', { name: 'Cabut akses kotak' }).click()
  await dialog.getByRole('button', { name: 'Ya, cabut aksesnya' }).click()
  await card.getByRole('alert').filter({ hasText: 'Akses kotak ini dicabut' }).waitFor()
  assert.match(await card.innerText(), /tidak dapat masuk/)
  assert.equal(await card.getByRole('button', { name: 'Cabut akses kotak' }).count(), 0, 'nothing is left to take away')
  await keepPicture(page, 'access-revoked')
  assert.deepEqual(problems, [])
  await page.context().close()
})

test('whoever is no admin reads it and is offered nothing to press, in English on a phone in the dark, too', async () => {
  await using server = await fixtureServer({ roles: ['noc'] })
  const { page, problems } = await watchedPage(browser, { viewport: PHONE, dark: true, language: 'en' })
  await page.goto(`${server.origin}/noc/h/hs-0004`)
  const card = page.locator('section', { has: page.getByRole('heading', { name: 'Box access' }) })
  assert.match(await card.innerText(), /Comes in by\s+certificate/)
  assert.equal(await card.getByRole('button').count(), 0)
  await card.scrollIntoViewIfNeeded()
  await keepPicture(page, 'access-phone-dark')
  assert.deepEqual(problems, [])
  await page.context().close()
})
