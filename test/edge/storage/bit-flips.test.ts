/** One bit flips on the card, in seeded places of each of the box's databases: found, or without a consequence, and the box comes up. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { openSessionsStore } from '#edge/radius/sessions-store.ts'
import { openVisitorDatabase } from '#edge/sessions/database.ts'
import { visitStore, type Grant } from '#edge/sessions/store.ts'
import { openOutbox, type Outbox } from '#edge/telemetry/outbox.ts'
import type { Lane, WireRecord } from '#edge/wire/envelope.ts'
import type { Gap } from '#edge/wire/gap.ts'
import { seededRandom } from '#scripts/demo-city/random.ts'
import { complaint, session, usage } from '../telemetry/bodies.ts'

const SEED = 20_261_122
const MiB = 1024 * 1024

/** Opens copies of a file that differ from it in one bit each, and calls back with where it was. */
function forEachFlip(t: TestContext, original: string, flips: number, look: (file: string, at: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'bit-flips-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const bytes = readFileSync(original)
  const random = seededRandom(SEED)
  for (let flip = 0; flip < flips; flip++) {
    const at = Math.floor(random() * bytes.length)
    const bit = Math.floor(random() * 8)
    for (const name of readdirSync(folder)) rmSync(join(folder, name))
    const changed = Buffer.from(bytes)
    changed[at]! ^= 1 << bit
    const file = join(folder, basename(original))
    writeFileSync(file, changed)
    look(file, `seed ${SEED}: bit ${bit} of byte ${at}`)
  }
}

function fileFor(t: TestContext, name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'bit-flips-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return join(folder, name)
}

const openFlipped = (file: string): Outbox =>
  openOutbox({ file, bytesMax: 64 * MiB, groupSeconds: 60, now: () => 1_790_000_000_000, monotonic: () => 5_000 })

function everything(outbox: Outbox, lane: Lane): WireRecord[] {
  const records = outbox.pending(lane, 0, 1_000)
  const { lo, hi } = outbox.bounds(lane)
  assert.deepEqual(
    records.map(({ seq }) => seq),
    Array.from({ length: hi - lo + 1 }, (_, i) => lo + i),
    'central takes nothing after a hole',
  )
  const travelling = outbox.pendingTexts(lane, 0, 1_000).map(({ json }) => JSON.parse(json) as WireRecord)
  assert.deepEqual(travelling, records, 'what travels is what can be read')
  return records
}

test('a flipped bit in the outbox loses a record at most that is counted, or the file is set aside and its complaints are saved', (t) => {
  const original = fileFor(t, 'outbox.db')
  const whole = openFlipped(original)
  for (let i = 0; i < 120; i++) whole.record('usage', usage(i))
  for (let i = 0; i < 40; i++) whole.record('session', session(`s-${i}`))
  const code = (i: number): string => `AAAA-A${'ABCDEFGHJK'[Math.floor(i / 10)]}${'ABCDEFGHJK'[i % 10]}A`
  for (let i = 0; i < 20; i++) whole.record('complaint', complaint(code(i)))
  whole.flush()
  const known = new Map(
    (['t', 'e'] as const).flatMap((lane) => everything(whole, lane).map((record) => [`${lane} ${record.seq}`, JSON.stringify(record)])),
  )
  const epoch = whole.epoch()
  whole.close()

  const outcomes = { untouched: 0, counted: 0, setAside: 0, complaintsLost: 0 }
  forEachFlip(t, original, 200, (file, at) => {
    const outbox = openFlipped(file)
    try {
      if (outbox.counters().damaged > 0) {
        outcomes.setAside++
        assert.notEqual(outbox.epoch(), epoch, at)
        const saved = everything(outbox, 'e').map(({ body }) => (body as { code: string }).code)
        outcomes.complaintsLost += 20 - saved.length
        assert.equal(new Set(saved).size, saved.length)
      } else {
        assert.equal(outbox.epoch(), epoch, at)
        let lost = 0
        for (const lane of ['t', 'e'] as const)
          for (const record of everything(outbox, lane)) {
            if (record.kind === 'gap' && (record.body as Gap).kind === 'damaged') lost++
            else assert.equal(JSON.stringify(record), known.get(`${lane} ${record.seq}`), at)
          }
        assert.ok(lost <= 1, at)
        outcomes[lost === 0 ? 'untouched' : 'counted']++
        assert.equal(everything(outbox, 't').length + everything(outbox, 'e').length, known.size, at)
      }
      outbox.record('complaint', complaint('ZZZZ-ZZZZ'))
      assert.equal(everything(outbox, 'e').at(-1)!.kind, 'complaint', 'and it serves')
    } finally {
      outbox.close()
    }
  })
  t.diagnostic(`200 flips: ${JSON.stringify(outcomes)}`)
})

const grant = (i: number): Grant => ({
  id: `p-${String(i).padStart(24, '0')}`,
  mac: `02:77:00:00:01:${i.toString(16).padStart(2, '0')}`,
  device: `00112233aabbcc${i.toString(16).padStart(2, '0')}`,
  source: 'portal',
  group: 'public',
  clientId: i + 1,
  startedAt: 1_790_000_000_000 + i,
  grantedSeconds: 3_600,
  usedSeconds: i,
  anchor: { at: 1_790_000_000_000, mono: 5_000, boot: 'boot-1' },
  upOctets: 1_000 * i,
  downOctets: 10_000 * i,
  upReading: 1_000 * i,
  downReading: 10_000 * i,
  carriedSeconds: 0,
  carriedOctets: 0,
  talliedSeconds: i,
  startTold: true,
})
const nothing = { goneGrants: [], watches: [], goneWatches: [], daily: [], holders: [], goneVouchers: [] }

test('a flipped bit in the book of visitors lets nobody through who was not, and forgets one visit at most that is still readable', (t) => {
  const original = fileFor(t, 'visitors.db')
  const whole = openVisitorDatabase(dirname(original), () => {})
  const grants = Array.from({ length: 60 }, (_, i) => grant(i))
  visitStore(whole).commit({ ...nothing, grants })
  whole.close()
  const known = new Map(grants.map((one) => [one.id, one]))

  const outcomes = { untouched: 0, forgotten: 0, setAside: 0, visitsLost: 0 }
  forEachFlip(t, original, 200, (file, at) => {
    const lines: string[] = []
    const db = openVisitorDatabase(dirname(file), (line) => lines.push(line))
    try {
      const found = visitStore(db, (line) => lines.push(line)).grants()
      for (const one of found) assert.deepEqual(clean(one), known.get(one.id), at)
      assert.equal(new Set(found.map(({ id }) => id)).size, found.length, at)
      const lost = grants.length - found.length
      const aside = lines.some((line) => line.includes('set aside'))
      assert.equal(lines.length > 0, lost > 0 || aside, `${at}: what is lost is said`)
      if (!aside) assert.ok(lost <= 1, `${at}: ${lost} lost`)
      outcomes[aside ? 'setAside' : lost === 0 ? 'untouched' : 'forgotten']++
      outcomes.visitsLost += lost
      visitStore(db).commit({ ...nothing, grants: [grant(200)] })
    } finally {
      db.close()
    }
  })
  t.diagnostic(`200 flips, 60 visits each: ${JSON.stringify(outcomes)}`)
})

/** Without the fields that are undefined. */
const clean = (one: Grant): Grant => JSON.parse(JSON.stringify(one)) as Grant

test('a flipped bit in the book of RADIUS sessions keeps the box from nothing', async (t) => {
  const original = fileFor(t, 'radius.sqlite')
  const whole = openSessionsStore({ file: original })
  const keys = Array.from({ length: 80 }, (_, i) => `s-${i}`)
  await Promise.all(
    keys.map(
      (sessionKey) =>
        new Promise((done) => {
          whole.submit(record(sessionKey), done)
        }),
    ),
  )
  const known = new Map(whole.sessions().map((one) => [one.sessionKey, JSON.stringify(one)]))
  whole.close()

  const outcomes = { untouched: 0, otherwise: 0, setAside: 0, sessionsLost: 0, reportsDropped: 0 }
  forEachFlip(t, original, 200, (file, at) => {
    const lines: string[] = []
    const store = openSessionsStore({ file, log: (line) => lines.push(line), onReportsDropped: (n) => (outcomes.reportsDropped += n) })
    try {
      const found = store.sessions()
      const same = found.filter((one) => known.get(one.sessionKey) === JSON.stringify(one)).length
      assert.ok(lines.length > 0 || same >= keys.length - 1, `${at}: one row at most is another`)
      for (const { body } of store.pendingReports(1_000)) assert.equal(body.source, 'radius', at)
      outcomes[lines.length > 0 ? 'setAside' : same === keys.length ? 'untouched' : 'otherwise']++
      outcomes.sessionsLost += keys.length - found.length
      assert.equal(store.sweep(record('').at), 'durable', 'and it serves')
    } finally {
      store.close()
    }
  })
  t.diagnostic(`200 flips, 80 sessions each: ${JSON.stringify(outcomes)}`)
})

const record = (sessionKey: string) => ({
  status: 'Start' as const,
  nasKey: 'c\nap-1',
  nas: 'ap-1',
  acctSessionId: sessionKey,
  sessionKey,
  device: '0123456789abcdef',
  at: 1_790_000_000_000,
  acctSessionTimeSeconds: 0,
  inputOctets: 0,
  outputOctets: 0,
  acctTerminateCause: undefined,
  account: undefined,
  group: undefined,
  source: '10.77.0.2',
})
