import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import Database from 'better-sqlite3'
import { openOutbox } from '#edge/telemetry/outbox.ts'
import { packBody, unpackBody } from '#edge/telemetry/packed-body.ts'
import { openStore } from '#edge/telemetry/store.ts'
import { decodeBody } from '#edge/wire/schemas.ts'
import type { Device } from '#edge/wire/device.ts'

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'packed-body-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const accessPoint = (name: string): Device => ({
  name,
  kind: 'ap',
  reachable: true,
  seconds: 60,
  model: 'Titik akses luar ruang AX3000',
  sysName: 'ap-lapangan',
  uptimeSeconds: 801_233,
  ports: Array.from({ length: 6 }, (_, i) => ({
    name: `eth${i}`,
    up: i < 2,
    speedMbps: 1_000,
    inOctets: 81_223 * i,
    outOctets: 12_399 + i,
  })),
  radios: [{ name: 'radio0', channel: 36, clients: 12, utilisation: 0.31, noiseDbm: -94 }],
  clients: 12,
})

test('what an access point says rests in less than half its length, and is the same text again', () => {
  const body = JSON.stringify(accessPoint('Titik akses “lapangan” é'))
  const kept = packBody(body)
  assert.ok(Buffer.isBuffer(kept) && kept.length < body.length / 2, `${kept.length} of ${body.length}`)
  assert.equal(unpackBody(kept, 65_536), body)
  assert.equal(packBody('{"seconds":60}'), '{"seconds":60}')
})

test('what was flipped, was packed with words of tomorrow or unfolds without end is no text', () => {
  const body = JSON.stringify(accessPoint('x'))
  const kept = packBody(body) as Buffer
  assert.equal(unpackBody(Buffer.concat([Buffer.of(9), kept.subarray(1)]), 65_536), '')
  assert.equal(unpackBody(kept, body.length - 1), '')
  assert.equal(unpackBody(Buffer.alloc(0), 65_536), '')
  for (let bit = 8; bit < kept.length * 8; bit += 7) {
    const flipped = Buffer.from(kept)
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    assert.equal(typeof unpackBody(flipped, 65_536), 'string')
  }
})

test('a long record comes out of the outbox as it went in; a flipped bit in it is one record lost', (t) => {
  const file = join(folder(t), 'outbox.db')
  const outbox = openOutbox({ file, bytesMax: 1024 * 1024, groupSeconds: 60 })
  for (const name of ['satu', 'dua']) outbox.record('device', accessPoint(name))
  outbox.flush()
  const bodies = outbox.pending('t', 0, 10).map(({ body }) => decodeBody('device', body))
  assert.deepEqual(
    bodies.map((body) => body.ok && body.value),
    [accessPoint('satu'), accessPoint('dua')],
  )
  outbox.close()
  const db = new Database(file)
  const kept = db.prepare('SELECT body FROM telemetry WHERE seq = 1').pluck().get() as Buffer
  kept[20]! ^= 4
  db.prepare('UPDATE telemetry SET body = ? WHERE seq = 1').run(kept)
  db.close()
  const store = openStore(file)
  assert.deepEqual(
    store.after('t', 0, 10).map(({ intact }) => intact),
    [false, true],
  )
  store.close()
})
