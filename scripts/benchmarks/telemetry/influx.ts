/**
 * Debian's InfluxDB on loopback with a folder of its own, as it comes: each write is in its log and fsynced before it is
 * answered (`wal-fsync-delay` 0), which is what our WAL with synchronous=FULL does for a commit.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '#test/support/free-port.ts'
import type { InfluxSetup, Posted } from './influx-load.ts'
import { cpuSecondsOf, nextAnswer, peakMegabytesOf, startProgram } from './processes.ts'

/** `counted`: lines that it gives back when asked afterwards. `cpu`: microseconds a line, InfluxDB alone. */
export type InfluxRun = Posted & { counted: number; perSecond: number; cpu: number; megabytes: number }

const BINARY = '/usr/bin/influxd'
const DATABASE = 'bench'
const START_MILLISECONDS = 20_000
const ASK_MILLISECONDS = 50

export const influxMissing = (): string | null => (existsSync(BINARY) ? null : 'InfluxDB is not installed (apt-get install influxdb)')

const configuration = (folder: string, http: number, rpc: number): string => `
reporting-disabled = true
bind-address = "127.0.0.1:${rpc}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  wal-fsync-delay = "0s"
  query-log-enabled = false
[http]
  bind-address = "127.0.0.1:${http}"
  log-enabled = false
[monitor]
  store-enabled = false
[logging]
  level = "warn"
`

export async function runInflux(at: { filled: string; boxes: number }): Promise<InfluxRun> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-influx-'))
  await using closing = new AsyncDisposableStack()
  closing.defer(() => rmSync(folder, { recursive: true, force: true }))
  const [port, rpc] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')]
  writeFileSync(join(folder, 'influxdb.conf'), configuration(folder, port, rpc))
  const server = startProgram(BINARY, ['-config', join(folder, 'influxdb.conf')])
  closing.defer(() => server.end())
  const ask = (query: string, method = 'GET') =>
    fetch(`http://127.0.0.1:${port}/query?db=${DATABASE}&q=${encodeURIComponent(query)}`, { method })
  const until = Date.now() + START_MILLISECONDS
  while (
    !(await fetch(`http://127.0.0.1:${port}/ping`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (Date.now() > until || server.child.exitCode !== null) throw new Error(`InfluxDB did not start: ${server.log()}`)
    await pause(ASK_MILLISECONDS)
  }
  await ask(`CREATE DATABASE ${DATABASE}`, 'POST')
  const setup: InfluxSetup = { folder: at.filled, boxes: at.boxes, port, database: DATABASE }
  const load = startProgram(process.execPath, [join(import.meta.dirname, 'influx-load.ts'), JSON.stringify(setup)])
  closing.defer(() => load.end('SIGKILL'))
  await nextAnswer(load, 'the lines for InfluxDB')
  const before = cpuSecondsOf(server.child.pid!)
  load.child.stdin!.write('go\n')
  const posted = await nextAnswer<Posted>(load, 'the lines for InfluxDB')
  const cpu = cpuSecondsOf(server.child.pid!) - before
  return {
    ...posted,
    counted: await count(ask),
    perSecond: posted.lines / posted.seconds,
    cpu: (cpu / posted.lines) * 1e6,
    megabytes: peakMegabytesOf(server.child.pid!),
  }
}

type CountAnswer = { results: { series?: { values: [string, number][] }[] }[] }

async function count(ask: (query: string) => Promise<Response>): Promise<number> {
  const answer = (await (await ask('SELECT COUNT(seq) FROM usage, health')).json()) as CountAnswer
  return (answer.results[0]?.series ?? []).reduce((sum, { values }) => sum + (values[0]?.[1] ?? 0), 0)
}
