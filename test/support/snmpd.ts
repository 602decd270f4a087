/** Net-SNMP's own agent as somebody's access point: real interfaces of a namespace of its own, and tables by its `pass` command. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { DeviceConfig } from '#edge/config.ts'
import { openSnmp } from '#edge/telemetry/snmp/open.ts'
import { eventually } from './eventually.ts'
import { freePort } from './free-port.ts'

/** Not on the path of those who are not root. */
const SNMPD = '/usr/sbin/snmpd'

export const COMMUNITY = 'rahasia-uji'
export const V2C = { version: '2c', community: COMMUNITY } as const
export const V3 = {
  version: '3',
  user: 'petugas',
  auth: { protocol: 'sha256', key: 'kunci-autentikasi' },
  priv: { protocol: 'aes', key: 'kunci-privasi-uji' },
} as const

export const snmpdMissing = (): string | undefined =>
  spawnSync(SNMPD, ['-v']).error ? 'snmpd is not installed (Debian package snmpd)' : undefined

/** `[oid, type, value]` as snmpd's pass command prints them (snmpd.conf(5)); in the tree's order. */
export type Row = [oid: string, type: 'integer' | 'string' | 'counter' | 'gauge' | 'counter64' | 'timeticks', value: string | number]

export type AgentOptions = {
  sysName?: string
  sysDescr?: string
  sysObjectId?: string
  /** Subtrees that snmpd does not have itself, below each root. */
  tables?: { root: string; rows: Row[] }[]
  address?: string
  port?: number
  /** Starts the process elsewhere, e.g. in a lab's namespace. */
  spawn?: (argv: string[], env: Record<string, string>) => ChildProcess
}

export type Agent = { address: string; port: number; process: ChildProcess; end(signal?: NodeJS.Signals): Promise<void> }

export async function startAgent(t: TestContext, options: AgentOptions = {}): Promise<Agent> {
  const { sysName = 'ap-uji', sysDescr = 'Titik akses uji', sysObjectId, tables = [], address = '127.0.0.1' } = options
  const port = options.port ?? (await freePort())
  const folder = mkdtempSync(join(tmpdir(), 'snmpd-'))
  const passes = tables.map(({ root, rows }, i) => {
    const script = join(folder, `table-${i}.sh`)
    writeFileSync(script, passScript(rows), { mode: 0o755 })
    return `pass .${root} /bin/sh ${script}`
  })
  chmodSync(folder, 0o755)
  const file = join(folder, 'snmpd.conf')
  writeFileSync(
    file,
    [
      `agentaddress udp:${address}:${port}`,
      `rocommunity ${COMMUNITY}`,
      `createUser ${V3.user} SHA-256 "${V3.auth.key}" AES "${V3.priv.key}"`,
      `rouser ${V3.user} priv`,
      `sysName ${sysName}`,
      `sysDescr ${sysDescr}`,
      ...(sysObjectId === undefined ? [] : [`sysObjectID .${sysObjectId}`]),
      ...passes,
      '',
    ].join('\n'),
  )
  const argv = [SNMPD, '-f', '-Ln', '-C', '-c', file, '-p', join(folder, 'pid')]
  const env = { MIBS: '', SNMP_PERSISTENT_DIR: folder }
  const start = options.spawn ?? ((argv, env) => spawn(argv[0]!, argv.slice(1), { stdio: 'ignore', env: { ...process.env, ...env } }))
  const child = start(argv, env)
  const end = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }
  t.after(async () => {
    await end('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  if (!options.spawn) await eventually('snmpd answers', () => answers({ address, port, snmp: V2C }))
  return { address, port, process: child, end }
}

async function answers(target: Pick<DeviceConfig, 'address' | 'port' | 'snmp'>): Promise<boolean> {
  const session = await openSnmp(target)
  const patience = setTimeout(() => session.close(), 200)
  try {
    return (await session.get(['1.3.6.1.2.1.1.3.0'])).length === 1
  } catch {
    return false
  } finally {
    clearTimeout(patience)
    session.close()
  }
}

/** `-g OID` prints that value, `-n OID` the next one: name, type and value on a line each. */
function passScript(rows: Row[]): string {
  const said = ([oid, type, value]: Row) => `printf '%s\\n' '.${oid}' '${type}' '${value}'; exit 0`
  const get = rows.map((row) => `.${row[0]}) ${said(row)};;`).join('\n')
  // The next one of any name in between is asked for rarely: walks begin at a column, which is listed here too.
  const nexts = new Map<string, Row>()
  for (const [i, row] of rows.entries()) {
    for (let up = row[0]; up.includes('.'); up = up.slice(0, up.lastIndexOf('.'))) if (!nexts.has(up) && up !== row[0]) nexts.set(up, row)
    const following = rows[i + 1]
    if (following) nexts.set(row[0], following)
  }
  const next = [...nexts].map(([oid, row]) => `.${oid}) ${said(row)};;`).join('\n')
  return `case "$1" in\n-g) case "$2" in\n${get}\nesac;;\n-n) case "$2" in\n${next}\nesac;;\nesac\nexit 0\n`
}
