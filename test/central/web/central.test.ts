/** The real central behind the real screens: they speak the same words, from the first code to the wall. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { build } from 'vite'
import { DESK, keepPicture, openBrowser, PHONE, WALL, watchedPage } from './browser.ts'
import { screensAreBuilt } from './fixture-server.ts'

const root = join(import.meta.dirname, '../../..')
const CONFIG = join(root, 'central/web/vite.config.ts')

async function prepared<Result>(script: string, argv: string[], input: unknown): Promise<Result> {
  const child = spawn(process.execPath, [join(root, 'central', script), ...argv], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify(input))
  const said = await text(child.stdout)
  return JSON.parse(said) as Result
}

async function startCentral(dataDir: string): Promise<{ child: ChildProcess; origin: string }> {
  const argv = [join(root, 'central/main.ts'), '--data', dataDir, '--port', '0', '--mqtt-port', '0']
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'ignore'] })
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{"ready"')) continue
    child.stdout.resume()
    return { child, origin: `http://127.0.0.1:${(JSON.parse(line) as { http: number }).http}` }
  }
  throw new Error('central ended before it was ready')
}

test('an administrator comes in by code, invites a position, and opens a wall that can be revoked', { timeout: 120_000 }, async (t) => {
  if (!screensAreBuilt()) await build({ configFile: CONFIG, logLevel: 'error' })
  const dataDir = await mkdtemp(join(tmpdir(), 'staff-screens-'))
  t.after(() => rm(dataDir, { recursive: true, force: true }))
  const { adminCode } = await prepared<{ adminCode: string }>('setup.ts', ['--data', dataDir, '--json'], null)
  const place = { kelurahan: '35.77.01.1003', rt: 'RT 02 RW 01', lat: -7.629, lon: 111.537, simulated: true }
  await prepared(
    'enrol.ts',
    ['--data', dataDir, '--hotspots'],
    [
      { ...place, node: 'klegen-1', name: 'Poskamling <b>Klegen</b>' },
      { ...place, node: 'klegen-2', name: 'Balai RW Klegen' },
    ],
  )
  const { child, origin } = await startCentral(dataDir)
  t.after(async () => {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
  })
  const browser = await openBrowser()
  t.after(() => browser.close())

  const { page, problems } = await watchedPage(browser, { viewport: DESK })
  await page.goto(`${origin}/noc`)
  await page.getByRole('button', { name: 'Saya punya kode sekali pakai' }).click()
  await page.getByLabel('Kode sekali pakai', { exact: true }).fill(adminCode)
  await page.getByRole('button', { name: 'Lanjut' }).click()
  await page.getByLabel('Nama lengkap').fill('Sri Wahyuni')
  await page.getByLabel('Nama pengguna').fill('sri.wahyuni')
  await page.getByLabel('Kata sandi baru').fill('madiun123')
  await page.getByRole('button', { name: 'Simpan dan masuk' }).click()
  await page.getByText('terlalu mudah ditebak').waitFor()
  await page.getByLabel('Kata sandi baru').fill('empat kuda minum kopi pahit')
  await page.getByRole('button', { name: 'Simpan dan masuk' }).click()

  await page.getByText('Poskamling <b>Klegen</b>').first().waitFor()
  await page.getByRole('heading', { name: /0 dari 2 hotspot sehat.*2 belum terhubung/ }).waitFor()
  await page.getByRole('link', { name: 'Balai RW Klegen' }).click()
  await page.getByText('RT 02 RW 01, Kelurahan Klegen, Kecamatan Kartoharjo').waitFor()
  await page.goto(`${origin}/noc/karantina`)
  await page.getByText('Karantina kosong').waitFor()

  await page.goto(`${origin}/akun`)
  await page
    .getByRole('button', { name: /^Undang .*Verifikator/ })
    .first()
    .click()
  await page.getByLabel('Nama pejabat').fill('Agus Prasetyo')
  await page.getByLabel('Nama pengguna').fill('agus.prasetyo')
  await page.getByRole('button', { name: 'Buat kode' }).click()
  await page.getByText('hanya ditampilkan sekali').waitFor()
  const code = await page.getByLabel('Kode sekali pakai', { exact: true }).inputValue()
  const verifier = await watchedPage(browser, { viewport: PHONE })
  await verifier.page.goto(origin)
  await verifier.page.getByRole('button', { name: 'Saya punya kode sekali pakai' }).click()
  await verifier.page.getByLabel('Kode sekali pakai', { exact: true }).fill(code)
  await verifier.page.getByRole('button', { name: 'Lanjut' }).click()
  await verifier.page.getByLabel('Kata sandi baru').fill('hujan turun di sore hari')
  await verifier.page.getByRole('button', { name: 'Simpan dan masuk' }).click()
  await verifier.page.getByText('Belum ada aduan').waitFor()
  assert.deepEqual(verifier.problems, [])

  await page.goto(`${origin}/noc/layar`)
  await page.getByLabel('Nama layar').fill('Lobi Balai Kota')
  await page.getByRole('button', { name: 'Buat tautan' }).click()
  const link = await page.getByLabel('Tautan untuk Lobi Balai Kota').inputValue()
  const wall = await watchedPage(browser, { viewport: WALL })
  await wall.page.goto(link.replace(/^https?:\/\/[^/]+/, origin))
  await wall.page.waitForSelector('.wall-visitors')
  await keepPicture(wall.page, 'central-wall')
  await page.getByRole('button', { name: 'Cabut tautan Lobi Balai Kota' }).click()
  await wall.page.getByText('Tautan layar ini sudah dicabut').waitFor()

  await page.goto(`${origin}/aduan`)
  await page.getByText(/Layar ini untuk Verifikator/).waitFor()
  assert.equal(await page.getByRole('link', { name: 'Ke Hotspot' }).getAttribute('href'), '/noc')

  await verifier.page.goto(`${origin}/sesi`)
  await verifier.page.getByText('sesi ini').waitFor()
  const change = async (current: string) => {
    await verifier.page.getByLabel('Kata sandi sekarang').fill(current)
    await verifier.page.getByLabel('Kata sandi baru').fill('kereta lewat waktu subuh')
    await verifier.page.getByRole('button', { name: 'Ganti kata sandi' }).click()
  }
  await change('bukan yang ini')
  await verifier.page.getByText('Kata sandi sekarang salah.').waitFor()
  await change('hujan turun di sore hari')
  await verifier.page.getByText('Semua sesi lain sudah diakhiri.').waitFor()
  await verifier.page.reload()
  await verifier.page.getByText('sesi ini').waitFor()
  assert.deepEqual(verifier.problems, [])

  await page.goto(`${origin}/sesi`)
  await page.getByText('sesi ini').waitFor()
  await page.getByRole('button', { name: /^Menu/ }).click()
  await page.getByRole('button', { name: 'Keluar' }).click()
  await page.getByRole('button', { name: 'Masuk', exact: true }).waitFor()
  assert.deepEqual([...problems, ...wall.problems], [])
})
