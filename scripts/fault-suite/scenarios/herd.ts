/** Central comes back after an outage, and every box of the city with it. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { generateKeyPairSync } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { openOutbox } from '#edge/telemetry/outbox.ts'
import { startUplink } from '#edge/telemetry/uplink.ts'
import { freePort } from '#test/support/free-port.ts'
import { kill, startProgram } from '#test/support/telemetry/processes.ts'
import type { CentralSetup } from '#test/support/telemetry/setup.ts'
import { usageOf } from '../power-cut/facts.ts'
import { noBooks, type Outcome, type Scenario } from '../scenario.ts'

/** What each box recorded while central was away. */
const RECORDS_EACH = 20
const OUTAGE_MILLISECONDS = 1_500
/** A city's boxes spread over a minute (edge/telemetry/uplink.ts); a smoke run is not that patient. */
const BACKOFF = { smoke: { firstMilliseconds: 200, maxMilliseconds: 2_000 }, full: { firstMilliseconds: 1_000, maxMilliseconds: 60_000 } }
/** The promise for a thousand boxes. */
const BACK_SECONDS_MAX = 120

export const herd: Scenario = {
  name: 'herd',
  what: 'all boxes reconnect at once after an outage of central, each with a backlog',
  rounds: { unit: 'boxes', smoke: 100, full: 1_000 },
  async run({ rounds, smoke }) {
    const folder = mkdtempSync(join(tmpdir(), 'herd-'))
    const running: { child?: Awaited<ReturnType<typeof startProgram>>['process'] } = {}
    const closing: (() => Promise<void> | void)[] = []
    try {
      return await theHerd(folder, rounds, BACKOFF[smoke ? 'smoke' : 'full'], running, closing)
    } finally {
      for (const close of closing) await close()
      if (running.child) await kill(running.child)
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

async function theHerd(
  folder: string,
  count: number,
  backoff: { firstMilliseconds: number; maxMilliseconds: number },
  running: { child?: Awaited<ReturnType<typeof startProgram>>['process'] },
  closing: (() => Promise<void> | void)[],
): Promise<Outcome> {
  const port = await freePort()
  const names = Array.from({ length: count }, (_, i) => `box-${String(i).padStart(4, '0')}`)
  const tokenOf = (node: string) => `a-token-of-this-herd-only-0123456789-${node}`
  const hotspot = { name: 'Herd', kelurahan: '35.77.01.1003', rt: 'RT 01 RW 01', lat: -7.63, lon: 111.53, simulated: true }
  const setup: CentralSetup = {
    file: join(folder, 'central.db'),
    complaintsFile: join(folder, 'complaints.db'),
    broker: { kind: 'embedded', host: '127.0.0.1', port },
    hotspots: names.map((node) => ({ ...hotspot, node, token: tokenOf(node) })),
  }
  const central = async () => void (running.child = (await startProgram('central-process', setup, true)).process)
  await central()
  const centralKey = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }) as string
  mkdirSync(join(folder, 'boxes'))
  const boxes = names.map((node) => {
    const outbox = openOutbox({
      file: join(folder, 'boxes', `${node}.db`),
      bytesMax: 1024 * 1024,
      groupSeconds: 60,
      clockTrust: () => 'ntp',
    })
    const mqtt = { url: `mqtt://127.0.0.1:${port}`, token: tokenOf(node), centralKey }
    const uplink = startUplink({ node, mqtt, version: 'herd', outbox, liveStatus: () => ({}), onKept: () => {}, backoff })
    closing.push(async () => {
      await uplink.close()
      outbox.close()
    })
    return { node, outbox, uplink }
  })
  const all = async (what: string, is: (box: (typeof boxes)[number]) => boolean): Promise<number> => {
    const begun = performance.now()
    for (;;) {
      const late = boxes.filter((box) => !is(box))
      const seconds = (performance.now() - begun) / 1000
      if (late.length === 0) return seconds
      if (seconds > BACK_SECONDS_MAX) throw new Error(`${late.length} of ${count} boxes are not ${what} after ${BACK_SECONDS_MAX} s`)
      await setTimeout(50)
    }
  }
  await all('connected', ({ uplink }) => uplink.connected())
  await kill(running.child!)
  for (const [i, { outbox }] of boxes.entries()) {
    for (let n = 1; n <= RECORDS_EACH; n++) outbox.record('usage', usageOf(i * RECORDS_EACH + n))
    outbox.flush()
  }
  await setTimeout(OUTAGE_MILLISECONDS)
  await central()
  const connected = await all('connected', ({ uplink }) => uplink.connected())
  const drained = connected + (await all('drained', ({ uplink }) => uplink.centralMark()?.t === RECORDS_EACH))
  await kill(running.child!)
  const db = new Database(setup.file, { readonly: true })
  const rows = db
    .prepare("SELECT count(*) AS n, count(DISTINCT json_extract(body, '$.downOctets')) AS facts FROM raw WHERE kind = 'usage'")
    .get() as {
    n: number
    facts: number
  }
  db.close()
  const accepted = count * RECORDS_EACH
  return {
    ...noBooks(),
    accepted,
    stored: rows.facts,
    lost: accepted - rows.facts,
    duplicated: rows.n - rows.facts,
    faults: `${count} boxes at once`,
    notes: [
      `all connected ${connected.toFixed(1)} s after central came back, backlog of ${accepted} records there after ${drained.toFixed(1)} s`,
    ],
    failures: [],
  }
}
