/** The real gate daemon on the lab's box, with CAP_NET_ADMIN and nothing else. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ChildProcess } from 'node:child_process'
import { freshProgram } from '#provisioning/package/programs.ts'
import { boxCommand } from '#provisioning/render/box-command.ts'
import type { Claim } from './claims.ts'
import { CAPTIVE_DNS_PORT, DNS_PORT } from './dns.ts'
import { inside, startLogged, withNetAdminOnly, withoutPrivileges } from './namespaces.ts'
import { LAN, WAN } from './topology.ts'
import { until, untilLogged } from './waiting.ts'

export const PORTAL_PORT = 8080

export type GateOptions = {
  portalPort?: number
  /** Where the portal's HTTPS listens; absent = it has none. */
  portalTlsPort?: number
  dnsPort?: number
  captiveDnsPort?: number
  /** e.g. `udp:1812` */
  openPorts?: string[]
  /** For tests of a gate that cannot load its table: start it without the one capability it needs, and do not wait for "ready". */
  powerless?: boolean
}

export type RunningGate = {
  socket: string
  pid: number
  logFile: string
  /** Ends the daemon; the table stays, as on a real box. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

let started = 0

export async function startGate(claim: Claim, options: GateOptions = {}): Promise<RunningGate> {
  const {
    portalPort = PORTAL_PORT,
    dnsPort = DNS_PORT,
    captiveDnsPort = CAPTIVE_DNS_PORT,
    openPorts = [],
    powerless = false,
    portalTlsPort,
  } = options
  const socket = join(claim.folder, 'gate.sock')
  const logFile = join(claim.folder, `gate-${process.pid}-${++started}.log`)
  const argv = boxCommand(process.execPath, freshProgram('gate'), '--socket', socket, '--lan', LAN, '--wan', WAN)
  argv.push('--portal-port', String(portalPort), '--dns-port', String(dnsPort), '--captive-dns-port', String(captiveDnsPort))
  if (portalTlsPort !== undefined) argv.push('--portal-tls-port', String(portalTlsPort))
  if (claim.plan.routedV6) argv.push('--routed-ipv6')
  argv.push(...openPorts.flatMap((port) => ['--open-port', port]))
  const child = startLogged(inside(claim.plan, 'edge', powerless ? withoutPrivileges(argv) : withNetAdminOnly(argv)), logFile)
  if (powerless) await until('the gate socket', () => existsSync(socket))
  else await untilLogged(logFile, '{"ready":true}', child)
  return { socket, pid: child.pid ?? 0, logFile, stop: (signal = 'SIGTERM') => stop(child, signal) }
}

async function stop(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await until('the end of the gate', () => child.exitCode !== null || child.signalCode !== null)
}
