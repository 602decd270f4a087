/**
 * What one EAP-TTLS/PAP login costs the server, ours beside FreeRADIUS in interleaved rounds: full handshakes (no session
 * is resumed on either side), ECDSA P-256, TLS 1.2 and 1.3. Debian's eapol_test is the supplicant and the access point.
 * The servers have one core and the supplicant the other, where there are two.
 */
import { fork, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { SECRET_TEXT } from '#test/edge/radius/client.ts'
import { testAuthority } from '#test/edge/radius/eap/certificates.ts'
import { eapolTest, type Network } from '#test/edge/radius/eap/eapol-test.ts'
import { freePort } from '#test/support/free-port.ts'
import { writeFreeradiusEap } from './eap-freeradius.ts'
import type { EapServerParts } from './eap-server.ts'
import type { BenchRow } from '../row.ts'

const ROUNDS = 5
/** Compiled code on one side, filled pools on the other; ours is still compiling through the first five hundred logins. */
const WARMING_ROUNDS = 3
/** eapol_test rests for a tenth of a second between two logins, so it takes many of them to keep a server busy. */
const SUPPLICANTS = 24
const LOGINS_EACH = 12
const USER = 'budi'
const PASSWORD = 'kata-sandi-budi'
const FREERADIUS = '/usr/sbin/freeradius'
/** FreeRADIUS loads its modules within a second here. */
const STARTING_MS = 20_000

type Server = { port: number; pid: number; kill(): Promise<void> }
type Tls = '1.2' | '1.3'
type Round = { cpuMicroseconds: number; perSecond: number }

/** Takes about a minute. Empty where eapol_test is not installed; without FreeRADIUS, ours alone. */
export async function eapRows(): Promise<BenchRow[]> {
  if (spawnSync('eapol_test', ['-v']).error) {
    process.stderr.write('  eapol_test is not installed; the EAP rows are left out (Debian package eapoltest)\n')
    return []
  }
  const folder = mkdtempSync(join(tmpdir(), 'bench-eap-'))
  const servers: Server[] = []
  try {
    const authority = await testAuthority()
    const own = await authority.issue({ name: 'radius.uji.example', usage: 'serverAuth' })
    const parts = { folder, secret: SECRET_TEXT, user: USER, password: PASSWORD, key: own.key, certificates: own.certificate }
    const ours = await startOurs(parts)
    servers.push(ours)
    const theirs = existsSync(FREERADIUS)
      ? await startFreeradius({ ...parts, folder: join(folder, 'freeradius'), authority: authority.certificate })
      : undefined
    if (theirs) servers.push(theirs)
    else process.stderr.write('  FreeRADIUS is not installed; its EAP rows are left out (Debian package freeradius)\n')
    const rows: BenchRow[] = []
    for (const tls of ['1.2', '1.3'] as const) rows.push(...(await compare(tls, ours, theirs, authority.certificate)))
    return rows
  } finally {
    for (const server of servers) await server.kill()
    rmSync(folder, { recursive: true })
  }
}

async function compare(tls: Tls, ours: Server, theirs: Server | undefined, authority: string): Promise<BenchRow[]> {
  await firstLogin(ours, tls, authority)
  if (theirs) await firstLogin(theirs, tls, authority)
  for (let round = 0; round < WARMING_ROUNDS; round++) {
    await measure(ours, tls, authority)
    if (theirs) await measure(theirs, tls, authority)
  }
  const own: Round[] = []
  const peer: Round[] = []
  for (let round = 0; round < ROUNDS; round++) {
    process.stderr.write(`  EAP-TTLS with TLS ${tls}, round ${round + 1} of ${ROUNDS} …\n`)
    own.push(await measure(ours, tls, authority))
    if (theirs) peer.push(await measure(theirs, tls, authority))
  }
  const method = `EAP-TTLS/PAP, ECDSA P-256, full handshake each time; ${SUPPLICANTS} eapol_test at once with ${LOGINS_EACH} logins each, median of ${ROUNDS} interleaved rounds`
  const row = (figure: string, unit: string, value: number, more: Partial<BenchRow> = {}): BenchRow => ({
    benchmark: 'radius',
    figure: `EAP-TTLS, TLS ${tls}, ${figure}`,
    unit,
    value: Number(value.toFixed(2)),
    method,
    ...more,
  })
  const cpu = median(own.map((one) => one.cpuMicroseconds))
  const rows = [row('CPU per login, ours', 'us', cpu), row('logins, ours', '1/s', median(own.map((one) => one.perSecond)))]
  if (peer.length === 0) return rows
  const peerCpu = median(peer.map((one) => one.cpuMicroseconds))
  const ratio = median(own.map((one, round) => one.cpuMicroseconds / peer[round]!.cpuMicroseconds))
  const worst = Math.max(...own.map((one, round) => one.cpuMicroseconds / peer[round]!.cpuMicroseconds))
  return [
    ...rows,
    row('CPU per login, FreeRADIUS', 'us', peerCpu),
    row('logins, FreeRADIUS', '1/s', median(peer.map((one) => one.perSecond))),
    row('our CPU / FreeRADIUS CPU', 'x', ratio, {
      method: `median of the rounds' own ratios; worst round ${worst.toFixed(2)}`,
      target: `<= 1.0: ${ratio <= 1 ? 'met' : 'missed'}`,
    }),
  ]
}

/** One core for whoever serves, so that the supplicant's work is not in its way. */
const pinned = (core: number): string[] =>
  availableParallelism() > 1 && !spawnSync('taskset', ['-V']).error ? ['taskset', '-c', String(core)] : []

async function startOurs(parts: EapServerParts): Promise<Server> {
  const child = fork(join(import.meta.dirname, 'eap-server.ts'))
  const pin = pinned(0)
  if (pin.length > 0) spawnSync('taskset', ['-a', '-c', '-p', '0', String(child.pid)])
  child.send(parts)
  const [port] = (await once(child, 'message')) as [number]
  return { port, pid: child.pid!, kill: () => kill(child) }
}

async function startFreeradius(parts: EapServerParts & { authority: string }): Promise<Server> {
  const port = await freePort()
  writeFreeradiusEap({ ...parts, port })
  const [pin, ...pinArgs] = pinned(0)
  const args = ['-f', '-d', parts.folder, '-n', 'radiusd']
  const child =
    pin === undefined ? spawn(FREERADIUS, args, { stdio: 'ignore' }) : spawn(pin, [...pinArgs, FREERADIUS, ...args], { stdio: 'ignore' })
  await once(child, 'spawn')
  return { port, pid: child.pid!, kill: () => kill(child) }
}

async function kill(child: ReturnType<typeof spawn>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

const network = (tls: Tls, authority: string): Network => ({
  eap: 'TTLS',
  identity: USER,
  anonymous: 'anonymous',
  password: PASSWORD,
  phase2: 'auth=PAP',
  authority,
  tls,
  fastReauthentication: false,
})

async function firstLogin(server: Server, tls: Tls, authority: string): Promise<void> {
  let output = ''
  for (const end = performance.now() + STARTING_MS; performance.now() < end;) {
    const run = await eapolTest(server.port, network(tls, authority))
    if (run.succeeded) return
    output = run.output
  }
  throw new Error(`no EAP-TTLS login with TLS ${tls}: ${output.slice(-2000)}`)
}

async function measure(server: Server, tls: Tls, authority: string): Promise<Round> {
  const before = cpuMicroseconds(server.pid)
  const started = performance.now()
  const args = ['-r', String(LOGINS_EACH - 1)]
  const supplicants = Array.from({ length: SUPPLICANTS }, () =>
    eapolTest(server.port, network(tls, authority), { args, prefix: pinned(1), patienceSeconds: 60 }),
  )
  for (const run of await Promise.all(supplicants))
    if (!run.succeeded) throw new Error(`EAP-TTLS logins failed: ${run.output.slice(-2000)}`)
  const elapsed = performance.now() - started
  const logins = SUPPLICANTS * LOGINS_EACH
  return { cpuMicroseconds: (cpuMicroseconds(server.pid) - before) / logins, perSecond: (logins * 1000) / elapsed }
}

/** All threads, from schedstat's nanoseconds: the hundredths of stat(5) are too coarse for a round. */
function cpuMicroseconds(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`)
  return tasks.reduce((sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0]) / 1000, 0)
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!
