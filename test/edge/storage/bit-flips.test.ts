/** One bit flips on the card, in seeded places of each of the box's databases: found, or without a consequence, and the box comes up. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
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
    const file = join(folder, 'state.db')
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
