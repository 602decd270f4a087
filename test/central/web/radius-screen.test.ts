/** The RADIUS pages in a real Chromium: a person made and changed, a list pasted, what is wrong said in the reader's language. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { build } from 'vite'
import { readPasted } from '#central/noc/pages/radius-csv.ts'
import { DESK, keepPicture, openBrowser, PHONE, watchedPage } from './browser.ts'
import { fixtureServer, screensAreBuilt } from './fixture-server.ts'

const CONFIG = new URL('../../../central/web/vite.config.ts', import.meta.url).pathname

let browser: Browser
before(async () => {
  if (!screensAreBuilt()) await build({ configFile: CONFIG, logLevel: 'error' })
  browser = await openBrowser()
})
after(() => browser.close())

type At = Awaited<ReturnType<typeof watchedPage>> & { server: Awaited<ReturnType<typeof fixtureServer>> }
async function onUsers(options: Parameters<typeof watchedPage>[1], body: (at: At) => Promise<void>, none = false): Promise<void> {
  await using server = await fixtureServer({ roles: ['noc'] })
  server.state.noRadius = none
  const watched = await watchedPage(browser, options)
  await watched.page.goto(`${server.origin}/noc/radius`)
  await watched.page.getByRole('button', { name: /^(Tambah pengguna|Add a user)$/ }).waitFor()
  await body({ ...watched, server })
  assert.deepEqual(watched.problems, [])
  await watched.page.context().close()
}

test('a person is added without a password, and the one that was made is shown once', async () => {
  await onUsers({ viewport: PHONE }, async ({ page, server }) => {
    await page.getByRole('button', { name: 'Tambah pengguna' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Tambah dan kirim' }).click()
    await dialog.getByText('Isi nama pengguna').waitFor()
    await keepPicture(page, 'radius-add-phone')
    await dialog.getByLabel('Nama pengguna').fill('sri.rahayu')
    await dialog.getByLabel('Menit satu sesi').fill('dua jam')
    await dialog.getByRole('button', { name: 'Tambah dan kirim' }).click()
    await dialog.getByText('Menit harus angka').waitFor()
    await dialog.getByLabel('Menit satu sesi').fill('120')
    await dialog.getByLabel('Kelompok').selectOption('staf')
    await dialog.getByRole('button', { name: 'Tambah dan kirim' }).click()
    assert.equal(await dialog.getByLabel('Kata sandi sri.rahayu').inputValue(), 'k7qf-m3tx-9hwp')
    assert.deepEqual(server.state.radiusAdds.at(-1)!.users, [
      { name: 'sri.rahayu', group: 'staf', until: null, sessionSeconds: 7_200, recoverable: false },
    ])
  })
})

test('keeping an NT hash warns in plain words and asks for a new password', async () => {
  await onUsers({ viewport: DESK }, async ({ page, server }) => {
    await page.getByRole('button', { name: 'Ubah budi' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Simpan juga hash NT').check()
    await dialog.getByText('sama berharganya dengan kata sandi').waitFor()
    await keepPicture(page, 'radius-change-desk')
    await dialog.getByRole('button', { name: 'Simpan dan kirim' }).click()
    await dialog.getByText('ketik kata sandi baru').waitFor()
    await dialog.getByLabel('Simpan juga hash NT').uncheck()
    await dialog.getByLabel('Nonaktifkan').check()
    await dialog.getByRole('button', { name: 'Simpan dan kirim' }).click()
    await page.getByText('budi disimpan dan sedang dikirim').waitFor()
    const change = server.state.radiusPuts.at(-1)!
    assert.deepEqual([change.disabled, change.recoverable, change.group, change.password], [true, false, 'staf', undefined])
  })
})

test('a pasted list is checked row by row, and each row says what became of it', async () => {
  await onUsers({ viewport: DESK }, async ({ page, server }) => {
    await page.getByRole('button', { name: 'Tempel daftar' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Satu orang per baris').fill('nama;kata sandi\nani;\nbudi;kata-sandi-budi\n;x\ntono;;staf;besok')
    await dialog.getByText('2 baris siap, 2 baris keliru').waitFor()
    await dialog.getByText('Tanggal tidak terbaca').waitFor()
    await dialog.getByRole('button', { name: 'Tambah 2 orang' }).click()
    await dialog.getByText('1 ditambahkan, 3 tidak').waitFor()
    await dialog.getByText('Nama ini sudah ada.').waitFor()
    await dialog.getByText('k7qf-m3tx-9hwp').waitFor()
    await keepPicture(page, 'radius-import-desk')
    assert.equal(server.state.radiusAdds.length, 1)
  })
})

test('empty pages say what to do', async () => {
  await onUsers(
    { viewport: PHONE },
    async ({ page, server }) => {
      await page.getByText('Belum ada pengguna RADIUS').waitFor()
      for (const [path, words] of [
        ['sesi', 'Tidak ada sesi yang cocok'],
        ['ditolak', 'Tidak ada penolakan dalam 30 hari'],
        ['titik-akses', 'Belum ada kotak yang melapor'],
      ] as const) {
        await page.goto(`${server.origin}/noc/radius/${path}`)
        await page.getByText(words).waitFor()
      }
    },
    true,
  )
})

test('the filters of sessions live in the address, and a row leads to its hotspot', async () => {
  await onUsers({ viewport: DESK }, async ({ page, server }) => {
    await page.goto(`${server.origin}/noc/radius/sesi`)
    await page.getByRole('link', { name: 'titik akses', exact: true }).click()
    await page.waitForURL(/source=radius/)
    await page.getByRole('link', { name: 'Selesai', exact: true }).click()
    await page.waitForURL(/source=radius.*state=ended|state=ended.*source=radius/)
    await page.goBack()
    await page.waitForURL((url) => !url.search.includes('state='))
    assert.match((await page.locator('.radius-table tbody a').first().getAttribute('href'))!, /^\/noc\/h\//)
  })
})

test('who reads English is told in English what is wrong', async () => {
  await onUsers({ viewport: PHONE, dark: true, language: 'en' }, async ({ page }) => {
    await page.getByRole('button', { name: 'Add a user' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('User name').fill('budi')
    await dialog.getByLabel('Keep the NT hash, too').check()
    await dialog.getByText('An NT hash is as good as the password').waitFor()
    await dialog.getByRole('button', { name: 'Add and send' }).click()
    await dialog.getByText('This name is taken.').waitFor()
    await keepPicture(page, 'radius-add-phone-dark-english')
  })
})

test('a list is read as spreadsheets give it', () => {
  const rows = readPasted('Nama\tKata sandi\n"Sri, A"\t"sandi ""panjang"""\tSTAF\t2027-06-30\n\nani\nani\nx;y;z;2027-01-01;w')
  assert.deepEqual(
    rows.map((row) => [row.line, row.name, row.ok ? row.user.password : row.problem]),
    [
      [2, 'Sri, A', 'sandi "panjang"'],
      [4, 'ani', undefined],
      [5, 'ani', 'twice'],
      [6, 'x', 'columns'],
    ],
  )
  const [first] = rows
  assert.deepEqual(first?.ok && [first.user.group, first.user.until], ['staf', Date.parse('2027-06-30T23:59:59.999+07:00')])
})
