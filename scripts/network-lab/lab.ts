/**
 * A hotspot in a box: real namespaces, a real packet filter, real DNS, a small internet. People start it with
 * ./scripts/lab, tests with createLab(); both get this.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { launchBrowser, type BrowserOptions } from './browser.ts'
import { claimLab, isAbandoned, readClaims, releaseClaim, type Claim } from './claims.ts'
import { startDns, type DnsOptions } from './dns.ts'
import { startGate, type GateOptions, type RunningGate } from './gate.ts'
import { startInternet } from './internet.ts'
import {
  buildNamespaces,
  exec,
  inside,
  mustExec,
  removeNamespaces,
  withoutPrivileges,
  type ExecOptions,
  type ExecResult,
} from './namespaces.ts'
import { addressesNow, plugIn, type DhcpClient, type PhoneAddress } from './phone-network.ts'
import { addressesOf, allPlaces, namespaceOf, PHONES_MAX, type LabAddresses, type Place } from './topology.ts'

export type { Place } from './topology.ts'
export type { RunningGate } from './gate.ts'

export type LabOptions = {
  phones: number
  /** Makes this machine itself a visitor of the hotspot, so that a person's own browser can be one. Never in tests. */
  hostVisitor?: boolean
  /** Default `fixed`: each phone has its addresses from the start. `dhcp`: they come up by themselves, see `plugIn`. */
  addressing?: 'fixed' | 'dhcp'
  /** Gives the LAN an IPv6 prefix that the internet routes back, instead of a private one behind masquerade. */
  routedV6?: boolean
  /** Keeps the lab when this process ends; `lab down` takes it away. */
  stays?: boolean
  name?: string
}

export type SpawnOptions = { env?: Record<string, string>; cwd?: string; stdio?: 'pipe' | 'inherit' }

export type Lab = {
  claim: Claim
  /** For logs, sockets and configurations; goes with the lab. */
  folder: string
  /** Namespace of each place. */
  names: Record<Place, string>
  addresses: LabAddresses
  /** Runs a command there and waits. Never throws for a command that ran. */
  exec(where: Place, argv: string[], options?: ExecOptions): Promise<ExecResult>
  /** Starts a process there, with all of root's powers. */
  spawn(where: Place, argv: string[], options?: SpawnOptions): ChildProcess
  /** The same without a single capability: what the box's edge runs as. Works from any folder. */
  spawnUnprivileged(where: Place, argv: string[], options?: SpawnOptions): ChildProcess
  startDns(options?: DnsOptions): Promise<{ dnsPort: number; captiveDnsPort: number }>
  startGate(options?: GateOptions): Promise<RunningGate>
  /** Plugs phone N of a `dhcp` lab in, with startDns running; resolves when it has an IPv4 address. */
  plugIn(phone: number, hostName?: string): Promise<DhcpClient>
  /** The phone's addresses as they are now, link-local ones left out. */
  addressesNow(phone: number): Promise<PhoneAddress[]>
  /** Real Chromium on that phone; closed with the lab. */
  browser(phone: number, options?: BrowserOptions): Promise<Browser>
  close(): Promise<void>
}

export async function createLab(options: LabOptions): Promise<Lab> {
  requireRoot()
  if (!Number.isInteger(options.phones) || options.phones < 0 || options.phones > PHONES_MAX)
    throw new Error(`A lab has 0 to ${PHONES_MAX} phones.`)
  for (const claim of readClaims().filter(isAbandoned)) await takeDown(claim)
  const folder = mkdtempSync(join(tmpdir(), 'bbc-lab-'))
  // dnsmasq gives up root and must still reach its lease file in here.
  chmodSync(folder, 0o711)
  const routes = JSON.parse(await mustExec(['ip', '-4', '-j', 'route', 'show'])) as { dst: string }[]
  const claim = claimLab(
    {
      phones: options.phones,
      hostVisitor: options.hostVisitor ?? false,
      addressing: options.addressing ?? 'fixed',
      routedV6: options.routedV6 ?? false,
      stays: options.stays ?? false,
      name: options.name,
      folder,
    },
    routes.map(({ dst }) => dst),
  )
  try {
    await buildNamespaces(claim.plan)
    await startInternet(claim)
  } catch (cause) {
    await takeDown(claim)
    throw cause
  }
  return openLab(claim)
}

/** The handle of a lab that exists, e.g. one that `lab up` left running. */
export function openLab(claim: Claim): Lab {
  const { plan, folder } = claim
  const browsers: Browser[] = []

  function start(where: Place, argv: string[], { env, cwd, stdio = 'pipe' }: SpawnOptions = {}): ChildProcess {
    const [command = '', ...args] = inside(plan, where, argv)
    return spawn(command, args, { stdio, env: { ...process.env, ...env }, ...(cwd !== undefined && { cwd }) })
  }

  return {
    claim,
    folder,
    names: Object.fromEntries(allPlaces(plan).map((place) => [place, namespaceOf(plan, place)])) as Record<Place, string>,
    addresses: addressesOf(plan),
    exec: (where, argv, options) => exec(inside(plan, where, argv), options),
    spawn: start,
    spawnUnprivileged: (where, argv, options) => start(where, withoutPrivileges(argv), options),
    startDns: (options) => startDns(claim, options),
    startGate: (options) => startGate(claim, options),
    plugIn: (phone, hostName) => plugIn(claim, phone, hostName),
    addressesNow: (phone) => addressesNow(claim, phone),
    async browser(phone, options) {
      const browser = await launchBrowser(claim, phone, options)
      browsers.push(browser)
      return browser
    },
    async close() {
      await Promise.all(browsers.map((browser) => browser.close().catch(() => {})))
      await takeDown(claim)
    },
  }
}

export async function takeDown(claim: Claim): Promise<void> {
  await removeNamespaces(claim.plan)
  rmSync(claim.folder, { recursive: true, force: true })
  releaseClaim(claim)
}

export function hasRoot(): boolean {
  return process.getuid?.() === 0
}

function requireRoot(): void {
  if (!hasRoot()) throw new Error('The lab makes network namespaces, which needs root. Run it with sudo.')
}
