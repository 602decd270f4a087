/** A copied card: two boxes that hold the same token and throw each other off the broker. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import assert from 'node:assert/strict'
import { openOutbox } from '#edge/telemetry/outbox.ts'
import { startUplink } from '#edge/telemetry/uplink.ts'
import { eventually } from '#test/support/eventually.ts'
import { openNoc } from '#test/support/noc-bench.ts'
import { health, usage } from '#test/support/records.ts'
import { onBothStores } from '#test/support/telemetry-stores.ts'

const testStores = onBothStores()

testStores('Two boxes with one identity are an alarm on their page, and a box that reconnects is none', async (store) => {
  const folder = mkdtempSync(join(tmpdir(), 'two-boxes-'))
  const bench = await openNoc(store)
  const centralKey = bench.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const open = (node: string, file: string) => {
    const outbox = openOutbox({ file: join(folder, file), bytesMax: 1_048_576, groupSeconds: 1, clockTrust: () => 'ntp' })
    const uplink = startUplink({
      node,
      mqtt: { url: `mqtt://127.0.0.1:${bench.port}`, token: bench.tokens.get(node)!, centralKey },
      version: 'test',
      outbox,
      liveStatus: () => ({ usage: usage(), health: health() }),
      onKept: () => undefined,
      backoff: { firstMilliseconds: 20, maxMilliseconds: 60 },
    })
    return { uplink, close: () => uplink.close().then(() => outbox.close()) }
  }
  const lone = open('n-2', 'lone.db')
  const boxes = [open('n-1', 'first.db')]
  try {
    await eventually('the first box', () => boxes[0]!.uplink.connected() && lone.uplink.connected())
    boxes.push(open('n-1', 'copy.db'))
    const row = await eventually('the alarm', async () => {
      const found = await bench.noc.hotspot('n-1')
      return found?.reason === 'rival' ? found : undefined
    })
    assert.equal(row.state, 'degraded')
    // The other box is thrown off again and again by its broker, and comes back as itself.
    for (let before = lone.uplink.counters().connections, turn = 0; turn < 3; turn++) {
      await eventually('the lone box', () => lone.uplink.counters().connections > before + turn - 1 && lone.uplink.connected())
      const token = await bench.noc.registry.knows('n-2', Buffer.from(bench.tokens.get('n-2')!))
      assert.ok(token)
      await bench.noc.registry.dropRevoked(new Map([['n-2', { kind: 'token', hash: 'not its token' }]]))
      await eventually('it is back', () => lone.uplink.counters().connections > before + turn)
    }
    assert.notEqual((await bench.noc.hotspot('n-2'))?.reason, 'rival')
  } finally {
    await Promise.all([...boxes, lone].map((box) => box.close()))
    await bench.noc.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})
