/** The box's card dies the way cards do: it can be read and takes nothing any more. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Lab } from '#scripts/network-lab/lab.ts'
import { recordsIn } from '#test/support/box-books.ts'
import { card } from '#test/support/disks.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { reaches } from '#test/support/phones.ts'
import { enrolledNowhere, NO_BROKER, startBox, writeBoxConfig } from '#test/support/product.ts'
import { complain, getOnline, getPage, postForm, secondsLeft, tryToComplain } from '#test/support/visitor.ts'

const webOf = (lab: Lab) => ({ kind: 'http', address: lab.addresses.internet.v4, port: 8080 }) as const

function memoryFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'memory-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

test(
  'a card that turns read-only under the running box stops nobody, and nothing is called received that is not kept',
  { timeout: 120_000 },
  async (t) => {
    const lab = await labFor(t, { phones: 3 })
    if (!lab) return
    await gateIn(t, lab)
    const sdCard = card(t, 32)
    const stateDir = join(sdCard.folder, 'state')
    const config = await writeBoxConfig(lab, enrolledNowhere(t), NO_BROKER, {
      stateDir,
      memoryDir: memoryFor(t),
      watchSeconds: 1,
      everySeconds: 2,
    })
    let box = await startBox(lab, config)
    t.after(() => box.end('SIGKILL'))
    const web = webOf(lab)
    await getOnline(lab, 'phone1')
    const kept = [await complain(lab, 'phone1', { text: 'Lampu taman padam sejak Senin' })]
    const leftBefore = await secondsLeft(lab, 'phone1')

    sdCard.fail()
    assert.equal(await reaches(lab, 'phone1', web), true)
    await getOnline(lab, 'phone2')
    assert.equal(await reaches(lab, 'phone2', web), true, 'a new visitor gets online')
    assert.equal(await reaches(lab, 'phone3', web), false)
    assert.match(await getPage(lab, 'phone3', '/'), /madiuntoday/)
    const filed = await tryToComplain(lab, 'phone3', { text: 'Jalan berlubang di depan pasar' })
    assert.ok('refusal' in filed, 'it cannot be kept, so it is not called received')
    assert.match(filed.refusal, /^HTTP\/1\.1 503 /)
    assert.match(filed.refusal, /Aduan ini belum kami terima/)
    assert.match(filed.refusal, /Jalan berlubang di depan pasar/, 'what was typed is still in the form')

    await t.test('started again on it, the box works from memory with all the card knows', async () => {
      await box.end('SIGKILL')
      box = await startBox(lab, config)
      assert.match(box.log(), /STORAGE FAILED: .*EROFS/)
      assert.equal(await reaches(lab, 'phone1', web), true)
      assert.ok((await secondsLeft(lab, 'phone1')) <= leftBefore)
      assert.equal(await reaches(lab, 'phone3', web), false)
      await getOnline(lab, 'phone3')
      assert.equal(await reaches(lab, 'phone3', web), true)
      assert.match(await getPage(lab, 'phone1', `/tiket/${kept[0]}`), new RegExp(kept[0]!))
      const inMemory = await complain(lab, 'phone3', { text: 'Trotoar rusak di depan sekolah' })
      const ticket = await getPage(lab, 'phone3', `/tiket/${inMemory}?baru=1`)
      assert.match(ticket, /Belum sampai, dan belum aman/)
      assert.doesNotMatch(ticket, /Tersimpan di kotak ini|Sudah sampai di pusat/)
      kept.push(inMemory)
    })

    await t.test('once the card can be written again it gets all that memory learned', async () => {
      await postForm(lab, 'phone1', '/putus', { b: 'id' })
      await box.end()
      sdCard.mountAgain()
      box = await startBox(lab, config)
      assert.doesNotMatch(box.log(), /STORAGE FAILED/)
      assert.equal(await reaches(lab, 'phone1', web), false)
      assert.equal(await reaches(lab, 'phone3', web), true, 'let in by memory, known to the card')
      await postForm(lab, 'phone3', '/putus', { b: 'id' })
      await box.end()
      const stops = recordsIn(stateDir, 'session').filter(({ event }) => event === 'stop')
      assert.equal(stops.length, new Set(stops.map(({ id }) => id)).size)
      assert.ok(stops.length >= 2)
      const health = recordsIn(stateDir, 'health').map(({ storage }) => storage)
      assert.ok(health.includes(true) && health.includes(false) && health.at(-1) === true, 'health says how the card was')
      const told = recordsIn(stateDir, 'notice').map(({ kind }) => kind)
      assert.ok(told.includes('storage-failed') && told.indexOf('storage-failed') < told.indexOf('storage-back'), told.join())
      assert.deepEqual(
        recordsIn(stateDir, 'complaint').map(({ code }) => code),
        kept,
      )
    })
  },
)

test('a box that never had a writable card still opens its portal, and its gate only to who waited', { timeout: 60_000 }, async (t) => {
  const lab = await labFor(t, { phones: 2 })
  if (!lab) return
  await gateIn(t, lab)
  const sdCard = card(t, 16)
  sdCard.mountReadOnly()
  const config = await writeBoxConfig(lab, enrolledNowhere(t), NO_BROKER, {
    stateDir: sdCard.folder,
    memoryDir: memoryFor(t),
    watchSeconds: 1,
  })
  const box = await startBox(lab, config)
  t.after(() => box.end('SIGKILL'))
  assert.match(box.log(), /STORAGE FAILED/)
  await getOnline(lab, 'phone1')
  assert.equal(await reaches(lab, 'phone1', webOf(lab)), true)
  assert.equal(await reaches(lab, 'phone2', webOf(lab)), false)
  assert.equal(box.ready['auth'] !== undefined, true, 'RADIUS listens')
})
