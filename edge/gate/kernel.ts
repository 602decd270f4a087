/** The only place that starts nft, ip, tc and conntrack: argument lists and standard input, never a shell. */
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { bridgeText, BRIDGE_TABLE, type BridgeReach } from './bridge.ts'
import { ARP_TABLE, arpText } from './claims.ts'
import { parseOwnAddresses } from './listing.ts'
import type { Stranger } from './port.ts'
import { AUTHORISED, GARDEN, TABLE } from './ruleset.ts'

/** The box's own tools and nothing else; the caller's environment is not passed on. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' }

/** Writing 65,535 elements takes about 5 s on a small board; beyond this the tool hangs. */
const TOOL_MS_MAX = 20_000

/** 65,535 counters printed as JSON are about 7 MB each way. */
const OUTPUT_BYTES_MAX = 64 * 1_048_576

/** How much of a tool's complaint goes into a reason. */
const REASON_CHARS_MAX = 400

export type Run = (tool: 'nft' | 'ip' | 'tc' | 'conntrack', args: string[], input?: string) => Promise<string>

/** @throws Error with the tool's own words. */
export const run: Run = (tool, args, input = '') => {
  return new Promise((resolve, reject) => {
    const child = spawn(tool, args, { env: ENVIRONMENT, stdio: ['pipe', 'pipe', 'pipe'], timeout: TOOL_MS_MAX, killSignal: 'SIGKILL' })
    const out: Buffer[] = []
    let outBytes = 0
    let complaint = ''
    child.stdout.on('data', (chunk: Buffer) => {
      outBytes += chunk.length
      if (outBytes > OUTPUT_BYTES_MAX) child.kill('SIGKILL')
      else out.push(chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      if (complaint.length < REASON_CHARS_MAX) complaint += chunk.toString('utf8')
    })
    child.on('error', (cause) => reject(new Error(`${tool} could not be started: ${cause.message}`, { cause })))
    child.on('close', (code, signal) => {
      if (code === 0) resolve(Buffer.concat(out).toString('utf8'))
      else reject(new Error(`${tool} ${args[0] ?? ''} ended with ${signal ?? code}: ${complaint.trim().slice(0, REASON_CHARS_MAX)}`))
    })
    // A tool that ends before reading everything is reported by its exit code.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

/** One transaction: all of it or nothing. */
export async function loadNft(text: string): Promise<void> {
  await run('nft', ['-f', '-'], text)
}

/** What this kernel lets a bridge table do. @throws when it lets this process do nothing at all. */
export async function probeBridge(lan: string): Promise<BridgeReach> {
  for (const reach of ['lan', 'every'] as const) if (await takes(bridgeText(lan, reach))) return reach
  return 'none'
}

/** Whether this kernel can filter ARP. @throws as above. */
export const probeArp = (lan: string): Promise<boolean> => takes(arpText(lan, [], 1))

async function takes(text: string): Promise<boolean> {
  try {
    await run('nft', ['--check', '-f', '-'], text)
    return true
  } catch (cause) {
    if (cause instanceof Error && cause.message.includes('not permitted')) throw cause
    return false
  }
}

/** Our tables without what they hold, in the kernel's own spelling; undefined when the packet filter is gone. */
export async function readTableText(): Promise<string | undefined> {
  const [own, ...others] = await Promise.all([TABLE, BRIDGE_TABLE, ARP_TABLE].map(listTable))
  return own === undefined ? undefined : [own, ...others].join('')
}

async function listTable(table: string): Promise<string | undefined> {
  try {
    return await run('nft', ['-s', '-t', 'list', 'table', ...table.split(' ')])
  } catch (cause) {
    if (cause instanceof Error && isAbsent(cause)) return undefined
    throw cause
  }
}

/** Where the kernel lacks a family its table is as absent as one that was never made. */
const isAbsent = ({ message }: Error): boolean => /No such file or directory|not supported/.test(message)

export type SetToRead =
  | 'client'
  | 'live'
  | 'up'
  | 'down'
  | 'binding'
  | 'bound4'
  | 'blocked'
  | 'strangers'
  | 'garden4'
  | 'garden6'
  | 'holder'

/** JSON, one document per line. One nft each: nft 1.0.6 fails when several `list set` share a run. */
export async function readSets(...names: SetToRead[]): Promise<string> {
  return (await Promise.all(names.map(readSet))).join('\n')
}

/** The same, without those that are not there: the table of an earlier version has fewer. */
export async function readSetsThere(...names: SetToRead[]): Promise<string> {
  const absent = (cause: unknown): string => {
    if (cause instanceof Error && isAbsent(cause)) return ''
    throw cause
  }
  return (await Promise.all(names.map((name) => readSet(name).catch(absent)))).join('\n')
}

function readSet(name: SetToRead): Promise<string> {
  const table = name === 'holder' ? ARP_TABLE : TABLE
  return run('nft', ['-j', 'list', name === 'client' || name === 'bound4' ? 'map' : 'set', ...table.split(' '), name])
}

/** Before 32766, where `main` is asked for everybody. */
const SHUT_PRIORITY = 7_700
const SHUT_MARK = { fwmark: '0', fwmask: `0x${(AUTHORISED | GARDEN).toString(16)}` }

/** Where earlier versions kept a rule for each mark and one for all others. */
const FORMER_PRIORITIES = [7_699, 7_701]

type RoutingRule = { priority: number; iif?: string; action?: string; fwmark?: string; fwmask?: string }

/**
 * Fail closed: what comes from the LAN has a route out of the box only while the packet filter has marked it.
 * With the ruleset flushed nothing marks, so nothing passes; the portal on the box itself stays reachable
 * because the `local` table is asked first. One rule, because each is asked of every packet that passes, twice.
 * Silence and no error message: that would go to whatever address the sender claims to have, out into the internet.
 */
export async function ensureRoutingRules(lan: string): Promise<void> {
  for (const family of ['-4', '-6']) {
    const rules = JSON.parse(await run('ip', [family, '-j', 'rule', 'show'])) as RoutingRule[]
    const at = (priority: number): RoutingRule[] => rules.filter((rule) => rule.priority === priority && rule.iif === lan)
    const remove = async (priority: number): Promise<void> => {
      for (const _ of at(priority)) await run('ip', [family, 'rule', 'del', 'priority', String(priority), 'iif', lan])
    }
    const present = at(SHUT_PRIORITY)
    if (present.length !== 1 || !present.every(shuts)) {
      // Somebody changed it: the packet filter holds alone for as long as this takes.
      await remove(SHUT_PRIORITY)
      const which = ['priority', String(SHUT_PRIORITY), 'iif', lan, 'fwmark', `${SHUT_MARK.fwmark}/${SHUT_MARK.fwmask}`]
      await run('ip', [family, 'rule', 'add', ...which, 'blackhole'])
    }
    for (const priority of FORMER_PRIORITIES) await remove(priority)
  }
}

const shuts = ({ action, fwmark, fwmask }: RoutingRule): boolean =>
  action === 'blackhole' && fwmark === SHUT_MARK.fwmark && fwmask === SHUT_MARK.fwmask

/** Forgets the connections that carry this client id, so that a new owner of the id inherits none of them. */
export const forgetConnections = (clientId: number): Promise<void> => forgetConnectionsMarked(AUTHORISED | clientId, AUTHORISED | 0xffff)

export async function forgetConnectionsMarked(mark: number, mask: number): Promise<void> {
  for (const family of ['ipv4', 'ipv6']) {
    try {
      await run('conntrack', ['-D', '-f', family, '-m', `${mark}/${mask}`])
    } catch (cause) {
      // conntrack ends with 1 when there was nothing to delete.
      if (!(cause instanceof Error && cause.message.includes('0 flow entries'))) throw cause
    }
  }
}

/** Also those that are still tried out (RFC 4862 §5.4). */
export async function readOwnAddresses(lan: string): Promise<string[]> {
  return parseOwnAddresses(await run('ip', ['-j', 'address', 'show', 'dev', lan]))
}

export async function readArpTable(): Promise<string> {
  return readFile('/proc/net/arp', 'utf8')
}

/** What is sent to these addresses goes to these devices; each is asked whether it is there when something is. */
export async function teachNeighbours(lan: string, rows: Stranger[]): Promise<void> {
  const lines = rows.map(({ mac, address }) => `neigh replace ${address} lladdr ${mac} dev ${lan} nud stale\n`)
  await run('ip', ['-batch', '-'], lines.join(''))
}

export async function readNeighbours6(lan: string): Promise<string> {
  return run('ip', ['-6', '-j', 'neigh', 'show', 'dev', lan])
}
