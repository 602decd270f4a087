import { spawn, type ChildProcess } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import assert from 'node:assert/strict'
import Sqlite from 'better-sqlite3'
import type { Usage } from '#edge/wire/usage.ts'
import { TICKET_ALPHABET } from '#edge/wire/complaint.ts'
import { openOutbox } from '#edge/telemetry/outbox.ts'
import { startUplink } from '#edge/telemetry/uplink.ts'
import { openTelemetryStore } from '#central/noc/ingest/telemetry-store.ts'
import { tokenHash } from '#central/platform/accounts/codes.ts'
import { eventually } from '#test/support/eventually.ts'
import { hotspotOf } from '#test/support/ingest-bench.ts'
import type { NocProcessOptions } from '#test/support/noc-process.ts'
import { complaint, usage } from '#test/support/records.ts'
import { onBothStores } from '#test/support/telemetry-stores.ts'

const testStores = onBothStores()
const TOKEN = 'k'.repeat(43)
const KILLS = (['received', 'inserted', 'committed', 'acked'] as const).flatMap((at) => [1, 3].map((nth) => ({ at, nth })))

async function startCentral(options: NocProcessOptions): Promise<{ process: ChildProcess; port: number }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../support/noc-process.ts'), JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })
  const exited = once(child, 'exit').then(() => Promise.reject(new Error('central ended before it listened')))
  const [port] = (await Promise.race([once(lines, 'line'), exited])) as [string]
  exited.catch(() => undefined)
  return { process: child, port: Number(port) }
}

const codeOf = (n: number) => {
  let code = ''
  for (let i = 0, rest = n; i < 8; i++, rest = Math.floor(rest / 32)) code += (i === 4 ? '-' : '') + TICKET_ALPHABET[rest % 32]
  return code
}

testStores('Central killed at every point of a commit, under traffic, loses and doubles nothing', async (store, t, place) => {
  const folder = mkdtempSync(join(tmpdir(), 'ingest-kill-'))
  const complaintsFile = join(folder, 'complaints.db')
  await store.addHotspot(hotspotOf('n-1'), tokenHash(TOKEN), 0)
  const outbox = openOutbox({ file: join(folder, 'outbox.db'), bytesMax: 64 * 1024 * 1024, groupSeconds: 1, clockTrust: () => 'ntp' })
  let central = await startCentral({ place, port: 0, complaintsFile, die: KILLS[0]! })
  const { port } = central
  const uplink = startUplink({
    node: 'n-1',
    mqtt: {
      url: `mqtt://127.0.0.1:${port}`,
      token: TOKEN,
      centralKey: generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    },
    version: 'test',
    outbox,
    liveStatus: () => ({}),
    onKept: () => undefined,
    times: { ackTimeoutSeconds: 0.3, statusSeconds: 1 },
    backoff: { firstMilliseconds: 20, maxMilliseconds: 100 },
  })
  let downOctets = 0
  let records = 0
  let complaints = 0
  try {
    for (const [round, kill] of KILLS.entries()) {
      if (round > 0) central = await startCentral({ place, port, complaintsFile, die: kill })
      const ended = once(central.process, 'exit')
      const deadline = performance.now() + 30_000
      // Traffic goes on until central dies, and through its absence.
      while (central.process.signalCode === null) {
        assert.ok(performance.now() < deadline, `${kill.at} was never reached`)
        for (let i = 0; i < 20; i++) {
          const octets = 1_000 + records
          outbox.record('usage', usage({ downOctets: octets }))
          downOctets += octets
          records += 1
        }
        outbox.flush()
        outbox.record('complaint', complaint(codeOf(complaints++)))
        await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 30))])
      }
      assert.equal(central.process.signalCode, 'SIGKILL', `${kill.at} ${kill.nth}`)
    }
    central = await startCentral({ place, port, complaintsFile })
    const done = () => {
      const mark = uplink.centralMark()
      return mark?.t === outbox.bounds('t').hi && mark.e === outbox.bounds('e').hi
    }
    await eventually('everything on central’s disk', done, 30_000)
    await uplink.close()
    central.process.kill('SIGTERM')
    await once(central.process, 'exit')

    const reader = await openTelemetryStore(place)
    try {
      const raw = await reader.samples('n-1', 'usage', 0, Date.now() + 3_600_000)
      const sum = raw.reduce((total, { body }) => total + (JSON.parse(body) as Usage).downOctets, 0)
      assert.equal(raw.length, records)
      assert.equal(sum, downOctets)
      const hours = await reader.nodeHours('n-1', 0, Date.now() + 3_600_000)
      assert.equal(
        hours.reduce((total, hour) => total + hour.downOctets, 0),
        downOctets,
      )
      const city = await reader.citySteps(0, Date.now() + 3_600_000, 60_000)
      assert.equal(
        city.reduce((total, step) => total + step.downOctets, 0),
        downOctets,
      )
      const { repeated: _, ...road } = await reader.road('n-1')
      assert.deepEqual(road, { dropped: 0, quarantined: 0, records: records + complaints })
    } finally {
      await reader.close()
    }
    const taken = new Sqlite(complaintsFile, { readonly: true })
    const { codes, deliveries } = taken.prepare('SELECT COUNT(*) AS codes, SUM(deliveries) AS deliveries FROM complaint').get() as {
      codes: number
      deliveries: number
    }
    taken.close()
    assert.equal(codes, complaints)
    t.diagnostic(
      `${KILLS.length} kills, ${records} usage records, ${complaints} complaints, ${deliveries - complaints} complaint redeliveries`,
    )
  } finally {
    await uplink.close()
    outbox.close()
    central.process.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
})
