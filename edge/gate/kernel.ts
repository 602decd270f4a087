/** The only place that starts nft, ip, tc and conntrack: argument lists and standard input, never a shell. */
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { AUTHORISED, TABLE } from './ruleset.ts'

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

/** The table without what it holds, in the kernel's own spelling; undefined when it is gone. */
export async function readTableText(): Promise<string | undefined> {
  try {
    return await run('nft', ['-s', '-t', 'list', 'table', ...TABLE.split(' ')])
  } catch (cause) {
    if (cause instanceof Error && cause.message.includes('No such file or directory')) return undefined
    throw cause
  }
}

/** JSON, one document per line. One nft each: nft 1.0.6 fails when several `list set` share a run. */
export async function readSets(...names: ('client' | 'up' | 'down')[]): Promise<string> {
  const read = (name: string): Promise<string> => run('nft', ['-j', 'list', name === 'client' ? 'map' : 'set', ...TABLE.split(' '), name])
  return (await Promise.all(names.map(read))).join('\n')
}

/** Before 32766, where `main` is asked for everybody. */
const PASS_PRIORITY = 7_700
const SHUT_PRIORITY = 7_701

/**
 * Fail closed: what comes from the LAN has a route out of the box only while the packet filter has marked it.
 * With the ruleset flushed nothing marks, so nothing passes; the portal on the box itself stays reachable
 * because the `local` table is asked first.
 */
export async function ensureRoutingRules(lan: string): Promise<void> {
  for (const family of ['-4', '-6']) {
    const rules = JSON.parse(await run('ip', [family, '-j', 'rule', 'show'])) as { priority: number; iif?: string }[]
    const present = (priority: number): boolean => rules.some((rule) => rule.priority === priority && rule.iif === lan)
    const from = (priority: number): string[] => [family, 'rule', 'add', 'priority', String(priority), 'iif', lan]
    // First shut, then open what is marked.
    if (!present(SHUT_PRIORITY)) await run('ip', [...from(SHUT_PRIORITY), 'unreachable'])
    const authorised = `0x${AUTHORISED.toString(16)}/0x${AUTHORISED.toString(16)}`
    if (!present(PASS_PRIORITY)) await run('ip', [...from(PASS_PRIORITY), 'fwmark', authorised, 'lookup', 'main'])
  }
}

/** Forgets the connections that carry this client id, so that a new owner of the id inherits none of them. */
export async function forgetConnections(clientId: number): Promise<void> {
  const mark = AUTHORISED | clientId
  for (const family of ['ipv4', 'ipv6']) {
    try {
      await run('conntrack', ['-D', '-f', family, '-m', `${mark}/${AUTHORISED | 0xffff}`])
    } catch (cause) {
      // conntrack ends with 1 when there was nothing to delete.
      if (!(cause instanceof Error && cause.message.includes('0 flow entries'))) throw cause
    }
  }
}

export async function readArpTable(): Promise<string> {
  return readFile('/proc/net/arp', 'utf8')
}

export async function readNeighbours6(lan: string): Promise<string> {
  return run('ip', ['-6', '-j', 'neigh', 'show', 'dev', lan])
}
