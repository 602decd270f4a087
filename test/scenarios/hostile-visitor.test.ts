/** A visitor who means harm, against the real box behind the real gate: nothing opens, nobody else notices, no word of theirs runs. */
import { test, type TestContext } from 'node:test'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import type { ComplaintAct, ComplaintList, ComplaintPage } from '#central/modules/complaints/api.ts'
import type { Lab, Place } from '#scripts/network-lab/lab.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { openBrowser, watchedPage } from '#test/central/web/browser.ts'
import { eventually } from '#test/support/eventually.ts'
import { freePort } from '#test/support/free-port.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { curl, reaches } from '#test/support/phones.ts'
import { cityFor, startBox, writeBoxConfig, type City, type Process } from '#test/support/product.ts'
import { invited, signInByCode, type Staff } from '#test/support/staff.ts'
import { complain, getPage, hidden, isOnline, postForm, proceed, welcomeToken } from '#test/support/visitor.ts'

const root = join(import.meta.dirname, '..', '..')
const HOSTILE = join(root, 'test', 'support', 'hostile-phone.ts')
const ANSWERER = join(root, 'scripts', 'network-lab', 'answerer.ts')
const WATCH_SECONDS = 3
/** The gate's promise to everybody else. */
const CONNECTIONS_MAX = 24

/** Each would run where a screen forgets to escape: as text, in an attribute, as an address, in a style, in a script. */
const SCRIPTS = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(2)>',
  "'><svg/onload=alert(3)>",
  'javascript:alert(4)',
  '</textarea></title></style><script>alert(5)</script>',
  '{{constructor.constructor("alert(6)")()}}',
].join(' ')

type Product = { lab: Lab; city: City; box: Process; mqttPort: number }

async function open(t: TestContext): Promise<Product | undefined> {
  const lab = await labFor(t, { phones: 2 })
  if (!lab) return undefined
  await gateIn(t, lab)
  const host = lab.addresses.host.management
  const [webPort, mqttPort] = [await freePort(), await freePort(host)]
  const city = await cityFor(t, { host, webPort, mqttPort })
  await city.startCentral()
  const box = await startBox(lab, await writeBoxConfig(lab, city, `mqtts://${host}:${mqttPort}`, { watchSeconds: WATCH_SECONDS }))
  t.after(() => box.end())
  return { lab, city, box, mqttPort }
}

/** Whether a TCP connection comes about, whatever is said over it. */
async function connects(lab: Lab, where: Place, address: string, port: number): Promise<boolean> {
  const { code } = await lab.exec(where, ['timeout', '1', 'bash', '-c', `exec 3<>/dev/tcp/${address}/${port}`])
  return code === 0
}

test('a hostile visitor opens nothing and disturbs nobody', { timeout: 90_000 }, async (t) => {
  const place = await open(t)
  if (!place) return
  const { lab, box, mqttPort } = place
  const [one, two] = [lab.addresses.phones[0]!, lab.addresses.phones[1]!]
  const outside = { kind: 'http', address: lab.addresses.internet.v4, port: 8080 } as const
  const online = (where: Place, ...more: string[]) => isOnline(lab, where, ...more)
  const claims = (address: string) =>
    ['X-Forwarded-For', 'Client-IP', 'X-Real-IP', 'True-Client-IP', 'Forwarded'].flatMap((name) => [
      '--header',
      `${name}: ${name === 'Forwarded' ? `for=${address}` : address}`,
    ])
  const token = await welcomeToken(lab, 'phone1')

  await t.test('another device’s welcome token opens the gate for neither, whatever address is claimed', async () => {
    await until('its owner’s wait to be over', async () => /data-seconds="0"/.test(await getPage(lab, 'phone1', '/')), { everyMs: 200 })
    for (const forged of [[], claims(one.v4), claims(lab.addresses.edge.lan4), claims('127.0.0.1')])
      assert.equal(await proceed(lab, 'phone2', token, ...forged), '/')
    assert.deepEqual([await online('phone1'), await online('phone2')], [false, false])
    assert.deepEqual([await reaches(lab, 'phone1', outside), await reaches(lab, 'phone2', outside)], [false, false])
  })

  await t.test('a used token opens nothing again, and being online cannot be claimed', async () => {
    await until('the gate to open', async () => (await proceed(lab, 'phone1', token)) === '/terhubung', { everyMs: 200 })
    assert.equal(await reaches(lab, 'phone1', outside), true)
    assert.equal(await online('phone2', ...claims(one.v4)), false)
    await postForm(lab, 'phone2', '/putus', { b: 'id' }, ...claims(one.v4))
    assert.equal(await reaches(lab, 'phone1', outside), true, 'nobody is put out by another')
    await postForm(lab, 'phone1', '/putus', { b: 'id' })
    assert.equal(await proceed(lab, 'phone1', token), '/')
    assert.equal(await reaches(lab, 'phone1', outside), false)
  })

  await t.test('a made-up Host leads home and is repeated nowhere', async () => {
    for (const host of ['evil.example', 'evil.example:80', `${lab.addresses.edge.lan4}.evil.example`, '"><script>']) {
      const answer = await getPage(lab, 'phone2', '/tiket', '--include', '--header', `Host: ${host}`)
      assert.match(answer, new RegExp(`^location: http://${lab.addresses.edge.lan4}/\r$`, 'im'))
      assert.doesNotMatch(answer, /evil|<script/)
    }
    const page = await getPage(lab, 'phone2', '/', '--header', 'X-Forwarded-Host: evil.example', '--header', 'X-Forwarded-Proto: https')
    assert.doesNotMatch(page, /evil\.example/)
  })

  await t.test('with another’s ticket code one reads where it stands, not what it says', async () => {
    const code = await complain(lab, 'phone2', { text: 'Tetangga saya membakar sampah tiap malam', contact: '0812 7777 8888' })
    const page = await getPage(lab, 'phone1', `/tiket/${code}`)
    assert.match(page, /Menunggu|Diterima/i)
    assert.doesNotMatch(page, /membakar|7777|0812/)
  })

  await t.test('oversized and malformed forms are refused and change nothing', async () => {
    const formToken = hidden(await getPage(lab, 'phone2', '/aduan'), 'formToken')
    const status = async (...more: string[]) => Number((await getPage(lab, 'phone2', '/aduan', '--include', ...more)).split(' ')[1])
    const huge = `text=${'a'.repeat(40_000)}`
    assert.equal(await status('--data', huge), 413)
    for (const body of [
      ['--form', 'text=halo semua'],
      ['--header', 'Content-Type: application/json', '--data', '{"text":"halo semua"}'],
      ['--header', 'Content-Type: text/xml', '--data', '<a/>'],
      ['--data', '%zz=%zz&=&&text[]=1'],
      ['--data', `formToken=${formToken}&category=__proto__&text=constructor`],
      ['--data', `formToken=${formToken}&category=lampu&category=jalan&text=dua&text=kali`],
      ['--data', `formToken=${formToken.slice(0, -2)}xx&category=lampu&text=Lampu jalan padam`],
      ['--header', 'Content-Encoding: gzip', '--data', 'text=bukan gzip'],
    ]) {
      const code = await status(...body)
      assert.ok(code >= 400 && code < 500, `${body.join(' ').slice(0, 80)} was answered with ${code}`)
    }
  })

  await t.test('a phone reaches the portal and nothing else: no other port, no neighbour, no management', async () => {
    const listening = (where: Place, port: number) =>
      lab.spawn(where, [process.execPath, ANSWERER, '--says', where, '--tcp', String(port)], { stdio: 'inherit' })
    for (const child of [listening('edge', 22), listening('phone2', 9_000)]) t.after(() => child.kill())
    const { edge, host } = lab.addresses
    // Somebody answers at each of these, as their own side sees.
    await until('ssh on the box', () => connects(lab, 'edge', edge.lan4, 22))
    await until('a server on the neighbour', () => connects(lab, 'phone2', two.v4, 9_000))
    assert.equal(await connects(lab, 'edge', host.management, mqttPort), true)
    assert.equal(await connects(lab, 'phone1', edge.lan4, 80), true)
    const refused: [string, number][] = [
      [edge.lan4, 22],
      [edge.lan6, 22],
      [edge.management, 22],
      [edge.wan4, 22],
      [edge.lan4, mqttPort],
      [host.management, mqttPort],
      [host.management, 22],
      [two.v4, 9_000],
      [two.v6, 9_000],
    ]
    const again = await welcomeToken(lab, 'phone1')
    for (const [address, port] of refused)
      assert.equal(await connects(lab, 'phone1', address, port), false, `before login: ${address} ${port}`)
    await until('phone1 online', async () => (await proceed(lab, 'phone1', again)) === '/terhubung', { everyMs: 200 })
    for (const [address, port] of refused)
      assert.equal(await connects(lab, 'phone1', address, port), false, `after login: ${address} ${port}`)
    const { stdout } = await lab.exec('edge', ['ss', '-Htlnp'])
    assert.doesNotMatch(stdout, /daemon\.ts|:1883/, 'the gate listens on a file, and there is no broker on the box')
  })

  await t.test('a phone that takes every connection it can get keeps its neighbour’s', async () => {
    const holder = lab.spawn('phone1', [process.execPath, HOSTILE, 'hold', lab.addresses.edge.lan4, '80', '60'])
    t.after(() => holder.kill())
    let said = ''
    holder.stdout!.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await until('the connections', () => said.includes('\n'))
    const { held } = JSON.parse(said) as { held: number }
    assert.ok(held > 0 && held <= CONNECTIONS_MAX, `${held} of 60 came about`)
    assert.match(await getPage(lab, 'phone2', '/'), /madiuntoday/)
    holder.kill()
    await once(holder, 'exit')
  })

  await t.test('five hundred random requests leave the box as it was', async () => {
    const seed = String(Math.floor(Math.random() * 1e9))
    const { stdout, stderr } = await lab.exec('phone1', [process.execPath, HOSTILE, 'rubbish', lab.addresses.edge.lan4, '80', '500', seed])
    const outcomes = JSON.parse(stdout || '{}') as Record<string, number>
    t.diagnostic(`seed ${seed}: ${stdout.trim()}${stderr}`)
    assert.equal(
      Object.values(outcomes).reduce((sum, count) => sum + count, 0),
      500,
    )
    assert.ok((outcomes.answered ?? 0) > 250, 'most were answered by the box')
    assert.equal(outcomes.refused ?? 0, 0, 'it was there all the time')
    assert.equal(box.child.exitCode, null, box.log())
    assert.match(await getPage(lab, 'phone2', '/'), /madiuntoday/)
    await complain(lab, 'phone2', { text: 'Masih bisa melapor sesudah semua itu' })
    assert.doesNotMatch(box.log(), /internal|TypeError|RangeError/)
  })
})

test('scripts typed into every field run on no screen, neither the portal’s nor central’s', { timeout: 90_000 }, async (t) => {
  const place = await open(t)
  if (!place) return
  const { lab, city } = place
  const portal = `http://${lab.addresses.edge.lan4}`
  const { page, problems } = await watchedPage(await lab.browser(1), { viewport: { width: 360, height: 740 } })
  let code = ''

  await t.test('on the portal', async () => {
    await page.goto(`${portal}/aduan?b=${encodeURIComponent(SCRIPTS)}&kode=${encodeURIComponent(SCRIPTS)}`)
    await page.locator('#text').fill(SCRIPTS)
    await page.locator('#contact').fill('"><script>alert(7)</script>')
    await page
      .locator('input[name=category]')
      .first()
      .evaluate((input, script) => Object.assign(input, { value: script, checked: true }) && undefined, SCRIPTS)
    await page.locator('form.report button[type=submit]').click()
    await page.locator('.bad').first().waitFor()
    assert.equal(await page.locator('#text').inputValue(), SCRIPTS, 'what was typed is shown again as typed')
    await page.locator('input[name=category][value=lampu]').check({ force: true })
    await page.locator('#contact').fill('warga@example.id')
    await page.locator('form.report button[type=submit]').click()
    await page.waitForURL(/\/tiket\//)
    code = /\/tiket\/([^/?]{9})/.exec(page.url())![1]!
    await page.goto(`${portal}/tiket?kode=${encodeURIComponent(SCRIPTS)}`)
    await page.locator('input[name=kode]').waitFor()
    await page.goto(`${portal}/tiket/${encodeURIComponent('<script>alert(8)</script>')}`)
    await page.goto(`${portal}/${encodeURIComponent(SCRIPTS)}?${encodeURIComponent(SCRIPTS)}`)
    assert.deepEqual(problems, [])
  })

  const admin = await signInByCode(city.origin, city.adminCode, { username: 'pengelola', name: 'Pengelola Sistem' })
  const verifier = await invited(city.origin, admin, { role: 'verifier', opd: 'Kominfo' }, 'verifikator', 'Verifikator Kominfo')
  const head = await invited(city.origin, admin, { role: 'opd-head', opd: 'Dishub' }, 'kepala.dishub', 'Kepala Dishub')
  const { caseId } = await eventually('the complaint', async () => (await verifier.get<ComplaintList>('/api/complaints')).rows[0])
  const desk = await openBrowser()
  t.after(() => desk.close())

  await t.test('in central’s queue, the complaint’s page and the wall', async () => {
    const screens: [string, Staff | undefined, RegExp][] = [
      ['/aduan', verifier, /alert\(1\)/],
      [`/aduan/${caseId}`, verifier, /alert\(5\)/],
      [`/wall#${city.wallToken}`, undefined, /aduan/i],
    ]
    for (const [path, staff, shows] of screens) {
      const screen = await watchedPage(desk, { viewport: { width: 1440, height: 900 } })
      if (staff) {
        const [name, value] = staff.cookie().split('=') as [string, string]
        await screen.page.context().addCookies([{ name, value, url: city.origin }])
      }
      await screen.page.goto(`${city.origin}${path}`)
      await screen.page.getByText(shows).first().waitFor({ timeout: 15_000 })
      assert.deepEqual(screen.problems, [], path)
      assert.equal(await screen.page.locator('img[src="x"]').count(), 0, path)
      await screen.page.context().close()
    }
  })

  await t.test('in the office’s answer, back on the portal', async () => {
    const act = async (staff: Staff, action: Omit<ComplaintAct, 'version'>) => {
      const { row } = await staff.get<ComplaintPage>(`/api/complaints/${caseId}`)
      return staff.post<ComplaintPage>(`/api/complaints/${caseId}/act`, { ...action, version: row.version })
    }
    const { suggestedOpd } = await verifier.get<ComplaintPage>(`/api/complaints/${caseId}`)
    await act(verifier, { action: 'teruskan', opdId: suggestedOpd!.id } as Omit<ComplaintAct, 'version'>)
    await act(head, { action: 'terima' })
    await act(head, { action: 'jawab', text: `Sudah diperbaiki. ${SCRIPTS}` } as Omit<ComplaintAct, 'version'>)
    await until('the answer on the box', async () => (await curl(lab, 'phone2', `${portal}/tiket/${code}`)).includes('Sudah diperbaiki'), {
      everyMs: 300,
    })
    await page.goto(`${portal}/tiket/${code}`)
    assert.match(await page.locator('.answer').innerText(), /alert\(5\)/)
    assert.deepEqual(problems, [])
  })
})
