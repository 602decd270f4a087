import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { NewRow } from '#edge/telemetry/store.ts'
import { openLedger, readLine, type Fact } from '#scripts/fleet-engine/ledger.ts'

const row = (lane: 't' | 'e', seq: number, kind = 'usage', body = '{"n":1}'): NewRow => ({
  lane,
  seq,
  at: 0,
  mono: 1_000 + seq,
  clock: 'ntp',
  kind,
  body,
})

function fileFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'ledger-0.txt')
}

const linesOf = (file: string) => readFileSync(file, 'utf8').split('\n').filter(Boolean)
const factsOf = (file: string): Fact[] => linesOf(file).flatMap((line) => readFacts(line) ?? [])
const readFacts = (line: string) => {
  const read = readLine(line)
  return read?.kind === 'facts' ? read.facts : undefined
}

test('what is written is read again, with its place in the outbox, and counts only once it is on the disk', (t) => {
  const file = fileFor(t)
  const ledger = openLedger(file)
  const complaint = row('e', 4, 'complaint', '{"code":"ABCD-2345","text":"Lampu padam"}')
  ledger.told('fleet-00001', '00112233aabbccdd', [row('t', 7), row('t', 8, 'health'), complaint])
  ledger.card('fleet-00001', 'restored')
  assert.equal(ledger.counted(), 0)
  ledger.flush()
  assert.equal(ledger.counted(), 3)
  ledger.close()
  assert.deepEqual(
    factsOf(file).map(({ lane, seq, kind, mono, code }) => ({ lane, seq, kind, mono, code })),
    [
      { lane: 't', seq: 7, kind: 'usage', mono: 1_007, code: null },
      { lane: 't', seq: 8, kind: 'health', mono: 1_008, code: null },
      { lane: 'e', seq: 4, kind: 'complaint', mono: 1_004, code: 'ABCD-2345' },
    ],
  )
  assert.deepEqual(readLine(linesOf(file).at(-1)!), { kind: 'restored', node: 'fleet-00001' })
  assert.doesNotMatch(readFileSync(file, 'utf8'), /Lampu/, 'a ledger holds no citizen’s words')
})

test('a line that the fleet could not finish is never read as a whole one, not after the next start either', (t) => {
  const file = fileFor(t)
  const whole = '+ fleet-00001 00112233aabbccdd t 1 usage:1001:abc health:1002:'
  for (let cut = 1; cut < whole.length; cut++) assert.ok((readFacts(whole.slice(0, cut))?.length ?? 0) < 2)
  appendFileSync(file, '+ fleet-00001 00112233aabbccdd t 1 usage:1001:abc health:1002:ab')
  const ledger = openLedger(file)
  ledger.told('fleet-00001', '00112233aabbccdd', [row('t', 9)])
  ledger.close()
  assert.deepEqual(
    factsOf(file).map(({ seq }) => seq),
    [9],
  )
})
