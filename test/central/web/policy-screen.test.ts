/** The access rules in a real Chromium: read as sentences, changed by keyboard, previewed, published, refused, overtaken, printed. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { build } from 'vite'
import type { PolicyDraft } from '#central/noc/policy/api.ts'
import { DESK, keepPicture, openBrowser, PHONE, watchedPage } from './browser.ts'
import { fixtureServer, screensAreBuilt } from './fixture-server.ts'
import * as made from './fixtures.ts'

const CONFIG = new URL('../../../central/web/vite.config.ts', import.meta.url).pathname

let browser: Browser
before(async () => {
  if (!screensAreBuilt()) await build({ configFile: CONFIG, logLevel: 'error' })
  browser = await openBrowser()
})
after(() => browser.close())

async function onPolicy(
  options: Parameters<typeof watchedPage>[1],
  body: (at: Awaited<ReturnType<typeof watchedPage>> & { server: Awaited<ReturnType<typeof fixtureServer>> }) => Promise<void>,
): Promise<void> {
  await using server = await fixtureServer({ roles: ['noc'] })
  const watched = await watchedPage(browser, options)
  await watched.page.goto(`${server.origin}/noc/aturan`)
  await watched.page.waitForSelector('.rollout-bar')
  await body({ ...watched, server })
  assert.deepEqual(watched.problems, [])
  await watched.page.context().close()
}

test('a rule is changed in a draft, previewed in words, and published only then', async () => {
  await onPolicy({ viewport: DESK }, async ({ page, server }) => {
    await page.getByRole('button', { name: 'Ubah Kelompok publik' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Lama satu kunjungan').fill('90')
    await dialog.getByLabel('Melambat setelah').fill('500')
    await dialog.getByLabel('Melambat setelah').press('Tab')
    assert.match((await dialog.locator('.reads').textContent())!, /90 menit per kunjungan.*lambat \(1 Mbit\/s\) setelah 500 MB sehari/)
    await dialog.getByRole('button', { name: 'Simpan ke rancangan' }).click()
    assert.equal(await page.locator('.group-card.public .group-length strong').textContent(), '90 menit')
    assert.equal(server.state.puts.length, 0, 'nothing is published by editing')
    await page.getByText('1 perubahan belum diterbitkan').waitFor()
    await page.getByRole('button', { name: 'Tinjau & terbitkan' }).click()
    await page.getByText('Berlaku untuk semua 60 hotspot; sesi yang sedang berjalan ikut berubah.').waitFor()
    await page.getByText('sebelumnya: 60 menit per kunjungan').waitFor()
    await keepPicture(page, 'policy-review-desk')
    await page.getByLabel('Catatan untuk riwayat').fill('Rapat 14/XI')
    await page.getByRole('button', { name: 'Terbitkan', exact: true }).click()
    await page.locator('.publish-bar').waitFor({ state: 'detached' })
    const [put] = server.state.puts
    assert.equal(put!.note, 'Rapat 14/XI')
    const group = put!.document.groups.find(({ name }) => name === 'publik')!
    assert.deepEqual([group.sessionSeconds, group.fairUse!.afterOctets, group.rate], [5_400, 500_000_000, undefined])
    assert.ok(!('vouchers' in put!.document))
  })
})

test('a schedule for one kelurahan is made with the keyboard alone and tells how many hotspots it concerns', async () => {
  await onPolicy({ viewport: DESK }, async ({ page, server }) => {
    await page.getByRole('button', { name: 'Jadwal baru' }).focus()
    await page.keyboard.press('Enter')
    await page.getByLabel('Nama jadwal').focus()
    await page.keyboard.type('Upacara')
    await page.getByLabel('kelurahan tertentu').focus()
    await page.keyboard.press('Space')
    assert.ok(await page.getByRole('button', { name: 'Simpan ke rancangan' }).isDisabled(), 'no place is no schedule')
    await page.getByRole('checkbox', { name: 'Klegen' }).focus()
    await page.keyboard.press('Space')
    await page.getByLabel('Nama jadwal').focus()
    await page.keyboard.press('Enter')
    await page.getByText('setiap hari 22.00–04.00 (hari berikutnya): publik tutup').waitFor()
    await page.getByRole('button', { name: 'Tinjau & terbitkan' }).focus()
    await page.keyboard.press('Enter')
    const there = server.state.hotspots.filter(({ kelurahanName }) => kelurahanName === 'Klegen').length
    await page.getByText(`Berlaku untuk ${there} hotspot;`).waitFor()
    await page.getByText('Jadwal tutup dapat memutus pengunjung').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Buang' }).click()
    await page.locator('.publish-bar').waitFor({ state: 'detached' })
    assert.equal(server.state.puts.length, 0)
  })
})

test('what the server refuses is said by name with what to do, and the draft stays', async () => {
  await onPolicy({ viewport: PHONE }, async ({ page, server }) => {
    server.state.putAnswer = () => ({
      status: 422,
      body: {
        code: 'invalid-policy',
        problems: [
          { code: 'overlap', part: 'schedules', name: 'Upacara', other: 'Jam malam' },
          { code: 'bad-mac', part: 'members', name: 'nokia' },
        ],
      },
    })
    await page.getByRole('button', { name: 'Tambah anggota' }).click()
    await page.getByLabel('Alamat MAC, satu per baris').fill('nokia\nAA-BB-CC-00-11-22\n\nnokia ')
    await page.getByRole('button', { name: 'Simpan ke rancangan' }).click()
    await page.getByText('2 perubahan belum diterbitkan').waitFor()
    await page.getByRole('button', { name: 'Tinjau & terbitkan' }).click()
    await page.getByRole('button', { name: 'Terbitkan', exact: true }).click()
    await page.getByText('Jadwal Upacara dan Jam malam bertumpuk').waitFor()
    await page.getByText('“nokia” bukan alamat MAC').waitFor()
    await keepPicture(page, 'policy-refused-phone')
    await page.keyboard.press('Escape')
    await page.getByText('2 perubahan belum diterbitkan').waitFor()
  })
})

test('who was overtaken sees what the other one changed, and goes on from there with their own changes on top', async () => {
  await onPolicy({ viewport: DESK }, async ({ page, server }) => {
    const theirs: PolicyDraft = made.policyDraft(Date.now())
    theirs.garden.push('baru.example.id')
    const version = Date.now() + 5_000
    server.state.putAnswer = () => {
      server.state.putAnswer = null
      const counts = { garden: { added: 1 } }
      return { status: 409, body: { code: 'stale', version, author: 'Bagus', document: theirs, counts } }
    }
    await page.getByLabel('Domain').fill('punyaku.example.id')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Tinjau & terbitkan' }).click()
    await page.getByRole('button', { name: 'Terbitkan', exact: true }).click()
    await page.getByText('Bagus menerbitkan versi lain sementara Anda mengubah: 1 situs terbuka baru.').waitFor()
    await page.getByRole('button', { name: 'Pasang perubahan saya di atasnya' }).click()
    await page.getByRole('button', { name: 'Terbitkan', exact: true }).click()
    await page.locator('.publish-bar').waitFor({ state: 'detached' })
    const put = server.state.puts.at(-1)!
    assert.equal(put.version, version)
    assert.ok(put.document.garden.includes('baru.example.id') && put.document.garden.includes('punyaku.example.id'))
  })
})

test('vouchers are shown once and printed as slips and nothing else', async () => {
  await onPolicy({ viewport: DESK }, async ({ page }) => {
    await page.getByRole('button', { name: 'Buat voucher' }).click()
    await page.getByLabel('Untuk apa').fill('Rapat koordinasi')
    await page.getByLabel('Banyaknya kode').fill('20')
    await page.getByRole('button', { name: 'Buat dan terbitkan' }).click()
    await page.waitForSelector('.coupon')
    assert.equal(await page.locator('.coupon').count(), 20)
    await page.emulateMedia({ media: 'print' })
    // A4 less its margins, at 96 dots an inch.
    await page.setViewportSize({ width: 703, height: 1_000 })
    await keepPicture(page, 'policy-vouchers-print')
    assert.ok(await page.locator('.coupon').first().isVisible())
    for (const hidden of ['header.top', '.policy-head', '.group-cards', '.voucher-sheet .notice', '.batches'])
      assert.ok(!(await page.locator(hidden).first().isVisible()), hidden)
    await page.emulateMedia({ media: 'screen' })
    await page.getByRole('button', { name: 'Sudah dicetak, tutup' }).click()
    assert.equal(await page.locator('.coupon').count(), 0)
  })
})

test('a device is shut out from its session’s row, and let in again', async () => {
  await using server = await fixtureServer({ roles: ['noc'] })
  const { page, problems } = await watchedPage(browser, { viewport: DESK })
  await page.goto(`${server.origin}/noc/h/hs-0004`)
  await page.getByRole('button', { name: 'Blokir perangkat 9f3a1c27be01' }).click()
  await page.getByRole('button', { name: '1 hari' }).click()
  await page.getByText('Perangkat 9f3a1c27be01 diblokir.').waitFor({ state: 'attached' })
  await page.getByRole('button', { name: 'Buka blokir perangkat 9f3a4c27be01' }).click()
  await page.getByText('Perangkat 9f3a4c27be01 boleh online lagi.').waitFor({ state: 'attached' })
  await page.getByText('Penyaring paket diubah orang lain dan ditulis ulang').waitFor()
  assert.deepEqual(problems, [])
  await page.context().close()

  await using leaders = await fixtureServer({ roles: ['executive'] })
  const onlooker = await watchedPage(browser, { viewport: DESK })
  await onlooker.page.goto(`${leaders.origin}/noc/h/hs-0004`)
  await onlooker.page.waitForSelector('.sessions td')
  assert.equal(await onlooker.page.getByRole('button', { name: /^Blokir/ }).count(), 0)
  assert.equal(await onlooker.page.getByRole('link', { name: 'Aturan akses' }).count(), 0)
  await onlooker.page.context().close()
})
