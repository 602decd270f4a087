/** Somebody else fills the box's disk: visitors come and go as before, and no complaint is called received that is not kept. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openOutbox } from '#edge/telemetry/outbox.ts'
import { recordsIn } from '#test/support/box-books.ts'
import { fillUp, smallDisk } from '#test/support/disks.ts'
import { eventually } from '#test/support/eventually.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { reaches } from '#test/support/phones.ts'
import { enrolledNowhere, NO_BROKER, startBox, writeBoxConfig } from '#test/support/product.ts'
import { complain, getOnline, getPage, postForm, tryToComplain } from '#test/support/visitor.ts'

const MiB = 1024 * 1024
/** Nearly the outbox's cap below. */
const OLD_RECORDS = 9_000
const OUTBOX_BYTES_MAX = MiB + MiB / 4

test(
  'on a full disk visitors stay and come, telemetry pays by count, and a complaint is kept or refused',
  { timeout: 120_000 },
  async (t) => {
    const lab = await labFor(t, { phones: 3 })
    if (!lab) return
    await gateIn(t, lab)
    const here = enrolledNowhere(t)
    const stateDir = smallDisk(t, 8)
    const config = await writeBoxConfig(lab, here, NO_BROKER, {
      stateDir,
      watchSeconds: 1,
      everySeconds: 1,
      outboxBytesMax: OUTBOX_BYTES_MAX,
    })
    // Weeks without central have left their telemetry behind.
    const weeks = openOutbox({ file: join(stateDir, 'outbox.db'), bytesMax: OUTBOX_BYTES_MAX, groupSeconds: 60 })
    for (let i = 0; i < OLD_RECORDS; i++)
      weeks.record('usage', { seconds: 60, online: i % 50, waiting: 2, upOctets: i, downOctets: i, admitted: 1, portalPages: 3 })
    weeks.close()

    let box = await startBox(lab, config)
    t.after(() => box.end('SIGKILL'))
    const web = { kind: 'http', address: lab.addresses.internet.v4, port: 8080 } as const
    await getOnline(lab, 'phone1')
    const kept = [await complain(lab, 'phone1', { text: 'Lampu taman padam sejak Senin' })]

    fillUp(join(stateDir, 'somebody-else.log'))
    assert.equal(await reaches(lab, 'phone1', web), true)
    await getOnline(lab, 'phone2')
    assert.equal(await reaches(lab, 'phone2', web), true, 'a new visitor gets online')
    assert.equal(await reaches(lab, 'phone3', web), false, 'without the welcome page nobody does')
    assert.match(await getPage(lab, 'phone3', '/'), /madiuntoday/)
    let refused = 0
    for (let i = 0; i < 4; i++) {
      const filed = await tryToComplain(lab, 'phone3', { text: `Jalan berlubang nomor ${i}, `.repeat(60) })
      if ('code' in filed) kept.push(filed.code)
      else {
        refused++
        assert.match(filed.refusal, /^HTTP\/1\.1 5\d\d/, 'a page that says so')
        assert.doesNotMatch(filed.refusal, /[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}<\//, 'no ticket code is shown')
      }
    }
    t.diagnostic(`${kept.length - 1} complaints kept and ${refused} refused while the disk was full`)

    await t.test('killed and started again on the full disk, who was online is online', async () => {
      await box.end('SIGKILL')
      box = await startBox(lab, config)
      for (const phone of ['phone1', 'phone2'] as const) assert.equal(await reaches(lab, phone, web), true, phone)
      assert.equal(await reaches(lab, 'phone3', web), false)
      assert.match(await getPage(lab, 'phone3', '/'), /madiuntoday/)
    })

    await t.test('with room again everything is written down as before, without anybody doing anything', async () => {
      rmSync(join(stateDir, 'somebody-else.log'))
      const code = await eventually('a complaint to be kept', async () => {
        const filed = await tryToComplain(lab, 'phone2', { text: 'Sampah belum diangkut di depan pasar' })
        return 'code' in filed ? filed.code : undefined
      })
      kept.push(code)
      await postForm(lab, 'phone1', '/putus', { b: 'id' })
      assert.equal(await reaches(lab, 'phone1', web), false)
    })

    await box.end()
    assert.deepEqual(
      recordsIn(stateDir, 'complaint').map(({ code }) => code),
      kept,
      'every ticket code that was said is in the outbox, once',
    )
    const sessions = recordsIn(stateDir, 'session')
    assert.equal(sessions.filter(({ event }) => event === 'start').length, 2)
    assert.equal(sessions.filter(({ event }) => event === 'stop').length, 1)
    const left = recordsIn(stateDir, 'usage').filter(({ seconds }) => seconds === 60).length
    const given = recordsIn(stateDir, 'gap').reduce((sum, { kind, records }) => sum + (kind === 'usage' ? records : 0), 0)
    assert.ok(given > 0, 'telemetry paid')
    assert.ok(left + given >= OLD_RECORDS && left < OLD_RECORDS, `${left} left and ${given} counted as given up`)
  },
)
