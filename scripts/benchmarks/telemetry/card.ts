/**
 * What a box writes to its card: an ext4 file system on a loop device, its sectors counted by the kernel, with the product's
 * own programs and settings, in real time: the file system's journal and the log's turning over keep no other clock.
 */
import { execFileSync } from 'node:child_process'
import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { EdgeConfig } from '#edge/config.ts'
import { renderEdgeConfig, type HotspotFacts } from '#provisioning/render/edge-config.ts'
import { createLab, type Lab } from '#scripts/network-lab/lab.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { card } from '#test/support/disks.ts'
import { freePort } from '#test/support/free-port.ts'
import { hotspotOf } from '#test/support/ingest-bench.ts'
import { enrolledNowhere, NODE, startBox, writeBoxConfig } from '#test/support/product.ts'
import { snmpdMissing, startAgent, V2C } from '#test/support/snmpd.ts'
import { kill } from '#test/support/telemetry/processes.ts'
import type { CentralSetup } from '#test/support/telemetry/setup.ts'
import type { BenchRow } from '../row.ts'
import { DEVICES, liveOneMinute, RECORDS_A_MINUTE, type Lived } from './card-load.ts'

/** Of the five-minute round of visits and complaints, two. */
const MINUTES = 10
const TARGET_MEBIBYTES_AN_HOUR = 10
/** As small as a file system is that has blocks of 4 KiB, as every card has. */
const CARD_MEBIBYTES = 1_024
const CENTRAL = join(import.meta.dirname, '..', '..', '..', 'test', 'support', 'telemetry', 'central-process.ts')
const MEBIBYTE = 1024 * 1024
/** The kernel counts in sectors of 512 bytes, whatever the device has. */
const SECTOR_BYTES = 512
const SECTORS_WRITTEN = 6
/** After its first hours the log of a database has its full size, and is written over. */
const LOG_BYTES = 1024 * 1024 + 64 * 1024

/** @param minutes for a short trial; the figure then is rough. */
export async function benchCard(minutes = MINUTES): Promise<BenchRow[]> {
  const missing = snmpdMissing()
  if (missing !== undefined) throw new Error(missing)
  const closing: (() => unknown)[] = []
  const context = { after: (close: () => unknown) => void closing.push(close) } as unknown as TestContext
  const lab = await createLab({ phones: 3 })
  try {
    const disk = card(context, CARD_MEBIBYTES)
    await startTheBox(lab, context, closing, disk.folder)
    process.stderr.write('    card: the first minute fills caches …\n')
    await liveOneMinute(lab, 0)
    growLogs(join(disk.folder, 'state'))
    const before = written(disk.folder)
    const began = performance.now()
    const lived: Lived = { sessions: 0, complaints: 0 }
    for (let minute = 1; minute <= minutes; minute++) {
      const { sessions, complaints } = await liveOneMinute(lab, minute)
      lived.sessions += sessions
      lived.complaints += complaints
      const soFar = written(disk.folder) - before
      process.stderr.write(`    card: minute ${minute} of ${minutes}, ${(soFar / 1024).toFixed(0)} KiB so far\n`)
    }
    const hours = (performance.now() - began) / 3_600_000
    const perHour = (written(disk.folder) - before) / MEBIBYTE / hours
    return [
      {
        benchmark: 'telemetry',
        figure: `card writes at ${RECORDS_A_MINUTE} records a minute`,
        unit: 'MiB/h',
        value: perHour,
        target: `≤ ${TARGET_MEBIBYTES_AN_HOUR}: ${perHour <= TARGET_MEBIBYTES_AN_HOUR ? 'met' : 'NOT met'}`,
        method: `edge and gate as they ship, ext4 on a loop device, its sectors over ${minutes} min of real time, journal and all; usage, health, plays and ${DEVICES} devices a minute, ${lived.sessions} session records by portal and RADIUS, ${lived.complaints} complaints, central acking`,
      },
    ]
  } finally {
    for (const close of closing.toReversed()) await close()
    await lab.close()
  }
}

async function startTheBox(lab: Lab, context: TestContext, closing: (() => unknown)[], stateDir: string): Promise<void> {
  const here = enrolledNowhere(context)
  const port = await freePort()
  const central: CentralSetup = {
    file: join(here.dir, 'central.db'),
    complaintsFile: join(here.dir, 'complaints.db'),
    broker: { kind: 'embedded', host: '127.0.0.1', port },
    hotspots: [{ ...hotspotOf(NODE), token: here.enrolled.tokens[NODE]! }],
  }
  // Beside the box, because what stands between them is not what is measured.
  const running = lab.spawn('edge', [process.execPath, CENTRAL, JSON.stringify(central)])
  closing.push(() => kill(running))
  const gate = await lab.startGate({ openPorts: ['udp:1812', 'udp:1813'] })
  closing.push(() => gate.stop())
  const agent = await startAgent(context, { spawn: (argv, env) => lab.spawn('edge', argv, { env }) })
  const { address, port: agentPort } = agent
  const devices = Array.from({ length: DEVICES }, (_, i) => ({ name: `Titik akses ${i + 1}`, address, port: agentPort, snmp: V2C }))
  const file = await writeBoxConfig(lab, here, `mqtt://127.0.0.1:${port}`, { stateDir: join(stateDir, 'state'), watchSeconds: 1, devices })
  telemetryAsShipped(file)
  const edge = await startBox(lab, file)
  closing.push(() => edge.end())
  await until('the uplink', () => edge.log().includes('The uplink is connected'))
}

/** Tests commit telemetry every second, boxes in the street do not. */
function telemetryAsShipped(file: string): void {
  const config = JSON.parse(readFileSync(file, 'utf8')) as EdgeConfig
  const { groupSeconds } = renderEdgeConfig({ ...config, name: '', area: '', portal: config.welcome } as HotspotFacts).telemetry
  writeFileSync(file, JSON.stringify({ ...config, telemetry: { ...config.telemetry, groupSeconds } }))
}

/** Octets behind the end of a log are nothing to SQLite: it knows its own by their checksums. */
function growLogs(folder: string): void {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('-wal'))) {
    const file = join(folder, name)
    appendFileSync(file, Buffer.alloc(Math.max(0, LOG_BYTES - statSync(file).size)))
  }
}

/** Bytes that reached the device below this folder, ever. What still waits in memory is written first. */
function written(folder: string): number {
  execFileSync('sync', ['--file-system', folder])
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
  const device = mounts.find(([, at]) => at === folder)![0]!
  const fields = readFileSync(`/sys/block/${device.replace('/dev/', '')}/stat`, 'utf8')
    .trim()
    .split(/\s+/)
  return Number(fields[SECTORS_WRITTEN]) * SECTOR_BYTES
}
