/**
 * A box that nobody answers: central has never run, then the box itself is killed. Visitors notice neither more than
 * they must: pages, login and complaints go on, and who is online stays online.
 */
import { test } from 'node:test'
import assert from 'node:assert/strict'
import type { HotspotPage } from '#central/noc/api.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { boxGrants, centralBooks } from '#test/support/books.ts'
import { eventually } from '#test/support/eventually.ts'
import { freePort } from '#test/support/free-port.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { longDownload, reaches, untilArriving, untilStill } from '#test/support/phones.ts'
import { cityFor, NODE, startBox, writeBoxConfig } from '#test/support/product.ts'
import { signInByCode } from '#test/support/staff.ts'
import { complain, getPage, postForm, proceed, secondsLeft, welcomeToken } from '#test/support/visitor.ts'

const WATCH_SECONDS = 3
const SESSION_SECONDS = 600

test('a box works alone, and lives through its own death', { timeout: 90_000 }, async (t) => {
  const lab = await labFor(t, { phones: 2 })
  if (!lab) return
  const { gate } = await gateIn(t, lab)
  const host = lab.addresses.host.management
  const [webPort, mqttPort] = [await freePort(), await freePort(host)]
  const city = await cityFor(t, { host, webPort, mqttPort })
  const config = await writeBoxConfig(lab, city, `mqtts://${host}:${mqttPort}`, {
    sessionSeconds: SESSION_SECONDS,
    watchSeconds: WATCH_SECONDS,
    everySeconds: 2,
  })
  let box = await startBox(lab, config)
  t.after(() => box.end())
  const internet = lab.addresses.internet.v4
  const outside = { kind: 'http', address: internet, port: 8080 } as const
  const books = centralBooks(city)
  let code = ''

  await t.test('with central never started, the welcome page is there and the gate opens after the wait', async () => {
    const page = await getPage(lab, 'phone1', '/')
    assert.match(page, /madiuntoday/)
    const token = await welcomeToken(lab, 'phone1')
    assert.equal(await proceed(lab, 'phone1', token), '/?awal=1', 'not before its time')
    assert.equal(await reaches(lab, 'phone1', outside), false)
    await eventually('the gate to open', async () => (await proceed(lab, 'phone1', token)) === '/terhubung', 15_000)
    assert.equal(await reaches(lab, 'phone1', outside), true)
    assert.equal(await reaches(lab, 'phone2', outside), false)
  })

  await t.test('a complaint gets its ticket code at once, and the ticket says that it waits', async () => {
    code = await complain(lab, 'phone2', { text: 'Lampu jalan di depan pasar padam', contact: '0812 3456 7890' })
    assert.match(await getPage(lab, 'phone2', `/tiket/${code}`), /Tersimpan di kotak ini/)
  })

  await t.test('once central runs the complaint is there exactly once, and the portal says so', async () => {
    await city.startCentral()
    await eventually('the complaint at central', () => books.complaints().length > 0, 30_000)
    // A look a second: a phone that asks more than 300 times a minute is turned away.
    await until('the ticket to be delivered', async () => /Sudah sampai di pusat/.test(await getPage(lab, 'phone2', `/tiket/${code}`)), {
      everyMs: 500,
    })
    assert.deepEqual(books.complaints(), [code])
  })

  const downloading = longDownload(lab, 'phone1', internet)
  t.after(() => downloading.kill())
  await untilArriving(lab, 'phone1')
  const leftBefore = await secondsLeft(lab, 'phone1')
  let octetsBefore = 0

  await t.test('the box killed, packets of who is online keep passing and nobody new gets in', async () => {
    await box.end('SIGKILL')
    octetsBefore = boxGrants(city)[0]!.downOctets
    await untilArriving(lab, 'phone1')
    assert.equal(await reaches(lab, 'phone1', outside), true)
    assert.match(await getPage(lab, 'phone2', '/'), /^curl 7:/, 'there is no portal')
    assert.equal(await reaches(lab, 'phone2', outside), false)
  })

  await t.test('started again, it knows who is online, for how long, and every octet meanwhile', async () => {
    box = await startBox(lab, config)
    const left = await secondsLeft(lab, 'phone1')
    assert.ok(left > SESSION_SECONDS - 90 && left < leftBefore, `${left} s are left of ${leftBefore} s`)
    assert.equal(await reaches(lab, 'phone1', outside), true)
    assert.equal(await reaches(lab, 'phone2', outside), false)
    assert.ok(boxGrants(city)[0]!.downOctets > octetsBefore, 'what passed while the box was dead is counted')

    downloading.kill()
    await untilStill(lab, 'phone1', 10_000)
    const counted = (await gate.counters()).find(({ downOctets }) => downOctets > 100_000)
    await postForm(lab, 'phone1', '/putus', { b: 'id' })
    assert.equal(await reaches(lab, 'phone1', outside), false)
    const told = await eventually('the stop at central', () => books.sessions().find(({ body }) => body.event === 'stop')?.body, 20_000)
    assert.deepEqual([told.upOctets, told.downOctets], [counted?.upOctets, counted?.downOctets])
    assert.deepEqual(
      books.sessions().map(({ body }) => [body.id, body.event]),
      [
        [told.id, 'start'],
        [told.id, 'stop'],
      ],
      'one visit, begun once and ended once',
    )
  })

  await t.test('the NOC shows one visit, one outbox, and nothing refused', async () => {
    const admin = await signInByCode(city.origin, city.adminCode, { username: 'pengelola', name: 'Pengelola Sistem' })
    const look = () => admin.get<HotspotPage>(`/api/noc/hotspots/${NODE}?range=1h`)
    // The minute's usage follows the visit's own record by a moment.
    await until('the visit to be counted', async () => (await look()).today.admitted > 0, { everyMs: 200 })
    const page = await look()
    assert.equal(page.today.admitted, 1)
    assert.equal(page.sessions.length, 1)
    assert.equal(page.sessions[0]!.open, false)
    assert.equal(books.epochs().length, 1)
    assert.deepEqual([books.gaps(), books.quarantine()], [[], []])
    assert.deepEqual(books.complaints(), [code])
  })
})
