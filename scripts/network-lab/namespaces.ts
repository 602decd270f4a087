/** Making, entering and removing the lab's namespaces. Everything it ends or deletes is the lab's own. */
import { execFile, spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { addressesOf, allPlaces, namespaceOf, settingsOf, wiring, type LabPlan, type Place } from './topology.ts'

/** A command in the lab that takes longer hangs. */
const COMMAND_MS_MAX = 30_000
const OUTPUT_BYTES_MAX = 64 * 1_048_576

/** How long a process may take to leave after SIGTERM. */
const GRACE_MS = 2_000

export type ExecOptions = { input?: string; timeoutMs?: number; env?: Record<string, string> }
export type ExecResult = { code: number; stdout: string; stderr: string }

/** Never throws for a command that ran: its code is part of the answer (-1 when it was ended by a signal). */
export function exec(argv: string[], { input, timeoutMs = COMMAND_MS_MAX, env }: ExecOptions = {}): Promise<ExecResult> {
  const [command = '', ...args] = argv
  return new Promise((resolve, reject) => {
    const options = { timeout: timeoutMs, maxBuffer: OUTPUT_BYTES_MAX, killSignal: 'SIGKILL', env: { ...process.env, ...env } } as const
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      if (error && error.code === 'ENOENT') return reject(new Error(`${command} is not installed`, { cause: error }))
      const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0
      resolve({ code, stdout, stderr })
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end(input ?? '')
  })
}

/** @throws with the command's own words. */
export async function mustExec(argv: string[], options?: ExecOptions): Promise<string> {
  const { code, stdout, stderr } = await exec(argv, options)
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}: ${stderr.trim()}`)
  return stdout
}

export function inside(plan: LabPlan, place: Place, argv: string[]): string[] {
  return ['ip', 'netns', 'exec', namespaceOf(plan, place), ...argv]
}

/** Root's files, none of root's powers: what the box's edge runs as. */
export function withoutPrivileges(argv: string[]): string[] {
  return ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--ambient-caps=-all', '--no-new-privs', '--', ...argv]
}

/** What the gate runs as. */
export function withNetAdminOnly(argv: string[]): string[] {
  return ['setpriv', '--bounding-set=-all,+net_admin', '--inh-caps=-all', '--ambient-caps=-all', '--no-new-privs', '--', ...argv]
}

/** What dnsmasq runs as: low ports, raw DHCP answers, the gate's sets for the walled garden, and giving up its other groups. */
export function withDnsPowersOnly(argv: string[]): string[] {
  const powers = '--bounding-set=-all,+net_admin,+net_raw,+net_bind_service,+setgid'
  return ['setpriv', powers, '--inh-caps=-all', '--ambient-caps=-all', '--no-new-privs', '--', ...argv]
}

export async function buildNamespaces(plan: LabPlan): Promise<void> {
  for (const place of allPlaces(plan)) {
    await mustExec(['ip', 'netns', 'add', namespaceOf(plan, place)])
    await mustExec(inside(plan, place, ['sysctl', '-q', '-w', ...settingsOf(place)]))
    // As on a box, where br_netfilter is not loaded: the bridge alone keeps visitors apart. -e: nor may it be here.
    await mustExec(
      inside(plan, place, ['sysctl', '-e', '-q', '-w', 'net.bridge.bridge-nf-call-iptables=0', 'net.bridge.bridge-nf-call-ip6tables=0']),
    )
    if (place.startsWith('phone')) writeResolvConf(plan, place)
  }
  for (const { namespace, lines } of wiring(plan)) {
    const where = namespace === undefined ? [] : ['-n', namespace]
    await mustExec(['ip', ...where, '-batch', '-'], { input: `${lines.join('\n')}\n` })
  }
}

function writeResolvConf(plan: LabPlan, place: Place): void {
  const { edge } = addressesOf(plan)
  mkdirSync(resolvFolder(plan, place), { recursive: true })
  // Without a name server there, programs would ask this machine's own loopback.
  const servers = plan.addressing === 'dhcp' ? ['nameserver 192.0.2.254'] : [`nameserver ${edge.lan4}`, `nameserver ${edge.lan6}`]
  writeFileSync(`${resolvFolder(plan, place)}/resolv.conf`, [...servers, 'options timeout:1 attempts:2', ''].join('\n'))
}

const resolvFolder = (plan: LabPlan, place: Place): string => `/etc/netns/${namespaceOf(plan, place)}`

export async function removeNamespaces(plan: LabPlan): Promise<void> {
  const namespaces = allPlaces(plan).map((place) => namespaceOf(plan, place))
  await endProcesses(namespaces, 'SIGTERM', GRACE_MS)
  await endProcesses(namespaces, 'SIGKILL', GRACE_MS)
  for (const place of allPlaces(plan)) {
    // Deleting a namespace deletes its interfaces, and with them their peers on the machine.
    await exec(['ip', 'netns', 'del', namespaceOf(plan, place)])
    rmSync(resolvFolder(plan, place), { recursive: true, force: true })
  }
  // The kernel takes a namespace down in its own time; the machine's end of the management cable goes now.
  await exec(['ip', 'link', 'del', `bbc${plan.number}m`])
  if (plan.hostVisitor) await exec(['ip', 'link', 'del', `bbc${plan.number}v`])
}

async function endProcesses(namespaces: string[], signal: 'SIGTERM' | 'SIGKILL', waitMs: number): Promise<void> {
  const until = performance.now() + waitMs
  for (let signalled = false; ; signalled = true) {
    const pids = await pidsIn(namespaces)
    if (pids.length === 0 || performance.now() > until) return
    if (!signalled) for (const pid of pids) endProcess(pid, signal)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function endProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // Already gone.
  }
}

async function pidsIn(namespaces: string[]): Promise<number[]> {
  const lists = await Promise.all(namespaces.map((namespace) => exec(['ip', 'netns', 'pids', namespace])))
  return lists.flatMap(({ stdout }) => stdout.split('\n').filter(Boolean).map(Number))
}

/** Runs on after this process unless the lab is taken down; what it prints goes to a file. */
export function startLogged(argv: string[], logFile: string, options: SpawnOptions = {}): ChildProcess {
  const log = openSync(logFile, 'a', 0o600)
  const [command = '', ...args] = argv
  const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  child.unref()
  return child
}
