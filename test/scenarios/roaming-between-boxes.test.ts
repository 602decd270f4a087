/** A visit from one box's outbox through central's disk to the next box: the whole road between two sessions, without the phones. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { openTelemetryStore } from '#central/noc/ingest/telemetry-store.ts'
import { openRoaming } from '#edge/agent/roaming.ts'
import type { RoamedVisit } from '#edge/sessions/port.ts'
import { openOutbox } from '#edge/telemetry/outbox.ts'
import { startUplink, type Uplink } from '#edge/telemetry/uplink.ts'
import { eventually } from '#test/support/eventually.ts'
import { openNoc } from '#test/support/noc-bench.ts'

const key = randomBytes(32).toString('base64url')
const phone = 'a6:00:00:00:00:01'
const laptop = 'a6:00:00:00:00:02'
const visitOf = (code: string): RoamedVisit => ({ code, group: 'warga', secondsLeft: 3_600, octets: 7, today: { seconds: 60, octets: 7 } })

test('a visitor is known at the next box within moments, after a lost connection too, and a code moves with its holder', async (t) => {
  const city = await openCity(t)
  const [one, two] = [city.box('n-1'), city.box('n-2')]
  const code = one.roaming.codeTag('ABCD2345')
  one.began(phone, visitOf(code))
  const known = await eventually('the phone at the next box', () => two.roaming.byDevice(phone))
  assert.deepEqual({ ...known, secondsLeft: 0 }, { ...visitOf(code), secondsLeft: 0 })
  assert.ok(known.secondsLeft > 3_580 && known.secondsLeft <= 3_600)

  two.began(phone, known)
  await eventually('the first box to know', () => one.roaming.byDevice(phone))
  assert.deepEqual([one.moved, two.moved], [[], []], 'the same phone ends nothing')

  await one.cutOff()
  two.began(laptop, two.roaming.byCode('ABCD2345') ?? visitOf(code))
  await eventually('central to have it', () => two.delivered())
  assert.deepEqual(one.moved, [])
  one.reconnect()
  await eventually('the hello to be answered with what runs', () => one.moved.length === 1)
  assert.deepEqual(one.moved, [phone], 'it goes on with the laptop')
  assert.ok(one.roaming.byDevice(laptop))

  two.ended(laptop, visitOf(code))
  await eventually('the end at the first box', () => one.roaming.byCode('ABCD2345') === undefined)
})

async function openCity(t: TestContext) {
  const store = await openTelemetryStore({ file: ':memory:' })
  const bench = await openNoc(store)
  const folder = mkdtempSync(join(tmpdir(), 'roaming-'))
  const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true }), () => store.close(), () => bench.noc.stop()]
  t.after(async () => {
    for (const close of closing.toReversed()) await close()
  })
  const centralKey = bench.publicKey.export({ type: 'spki', format: 'pem' }) as string

  return {
    box(node: string) {
      const outbox = openOutbox({ file: join(folder, `${node}.db`), bytesMax: 8 * 1024 * 1024, groupSeconds: 60 })
      const roaming = openRoaming({ key, node, recorder: outbox, now: Date.now, log: () => {} })
      /** What runs here: the sessions' own list, in two lines. */
      const running: { mac: string; code: string }[] = []
      const moved: string[] = []
      roaming.onMoved((code, isOf) => {
        for (const each of running) if (each.code === code && !isOf(each.mac)) moved.push(each.mac)
      })
      const connect = (): Uplink =>
        startUplink({
          node,
          mqtt: { url: `mqtt://127.0.0.1:${bench.port}`, token: bench.tokens.get(node)!, centralKey },
          version: 'test',
          outbox,
          liveStatus: () => ({}),
          onKept: () => {},
          onVisits: roaming.heard,
          backoff: { firstMilliseconds: 20, maxMilliseconds: 100 },
        })
      let uplink = connect()
      closing.push(
        () => outbox.close(),
        () => roaming.close(),
        () => uplink.close(),
      )
      return {
        roaming,
        moved,
        began(mac: string, visit: RoamedVisit) {
          running.push({ mac, code: visit.code })
          roaming.began(mac, visit)
        },
        ended: roaming.ended,
        delivered: () => outbox.eventDelivered(outbox.bounds('e').hi),
        cutOff: () => uplink.close(),
        reconnect() {
          uplink = connect()
        },
      }
    },
  }
}
