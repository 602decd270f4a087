/** How a lab phone comes up with nothing but a cable: IPv6 by the kernel (SLAAC), IPv4 by a real DHCP client. */
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Claim } from './claims.ts'
import { inside, mustExec, startLogged } from './namespaces.ts'
import type { Place } from './topology.ts'
import { until } from './waiting.ts'

const EVENT_SCRIPT = join(import.meta.dirname, 'dhcp-event.sh')

/** RFC 8910 §2.1. */
const CAPTIVE_API_OPTION = 114

/** What the phone was told last. */
export type Lease = {
  /** `bound` at first, `renew` after that. */
  event: string
  address: string
  router: string
  dns: string
  seconds: number
  /** Undefined when the option was not there. */
  captiveApi: string | undefined
}

export type DhcpClient = {
  lease(): Lease | undefined
  /** Asks for more time now (SIGUSR1); resolves when it was granted, which writes the lease anew. */
  renew(): Promise<Lease>
  stop(): void
}

/** Plugs the phone in and resolves when it has an IPv4 address; IPv6 comes in its own time. @param hostName what it calls itself */
export async function plugIn(claim: Claim, phone: number, hostName = `phone${phone}`): Promise<DhcpClient> {
  const place: Place = `phone${phone}`
  const heard = join(claim.folder, `${place}-lease`)
  rmSync(heard, { force: true })
  await mustExec(inside(claim.plan, place, ['ip', 'link', 'set', 'eth0', 'up']))
  const argv = ['udhcpc', '-f', '-i', 'eth0', '-s', EVENT_SCRIPT, '-O', String(CAPTIVE_API_OPTION), '-x', `hostname:${hostName}`]
  // Asks every second, so that a lab is up at once; a phone takes its time.
  argv.push('-t', '10', '-T', '1', '-A', '1')
  const child = startLogged(inside(claim.plan, place, argv), join(claim.folder, `${place}-dhcp.log`), {
    env: { ...process.env, HEARD: heard },
  })
  const lease = (): Lease | undefined => readLease(heard)
  await until(`an IPv4 address on ${place}`, () => lease() !== undefined)
  return { lease, renew: () => renew(child, heard), stop: () => void child.kill() }
}

async function renew(child: ChildProcess, heard: string): Promise<Lease> {
  const before = existsSync(heard) ? readFileSync(heard, 'utf8') : ''
  rmSync(heard, { force: true })
  child.kill('SIGUSR1')
  await until('the renewal of a lease', () => readLease(heard) !== undefined, { detail: () => `The lease before: ${before}` })
  return readLease(heard)!
}

function readLease(file: string): Lease | undefined {
  if (!existsSync(file)) return undefined
  const words = new Map(
    readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => [line.replace(/=.*/, ''), line.replace(/^\w*=/, '')]),
  )
  const word = (name: string): string => words.get(name) ?? ''
  if (word('address') === '') return undefined
  const captiveApi = Buffer.from(word('captiveApi'), 'hex').toString('utf8').replace(/\0$/, '')
  return {
    event: word('event'),
    address: word('address'),
    router: word('router'),
    dns: word('dns'),
    seconds: Number(word('lease')),
    captiveApi: captiveApi === '' ? undefined : captiveApi,
  }
}

export type PhoneAddress = { address: string; temporary: boolean }

/** What the kernel has on the phone's interface now, without link-local addresses. */
export async function addressesNow(claim: Claim, phone: number): Promise<PhoneAddress[]> {
  const stdout = await mustExec(inside(claim.plan, `phone${phone}`, ['ip', '-j', 'address', 'show', 'dev', 'eth0', 'scope', 'global']))
  const interfaces = JSON.parse(stdout) as { addr_info?: { local?: string; temporary?: boolean; tentative?: boolean }[] }[]
  return interfaces
    .flatMap(({ addr_info = [] }) => addr_info)
    .flatMap(({ local, temporary = false, tentative }) => (local === undefined || tentative ? [] : [{ address: local, temporary }]))
}
