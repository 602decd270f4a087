/** The one real hotspot: its box in a namespace behind the real gate, or, without root, on loopback without a firewall. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { makePasswordHash } from '#edge/radius/password.ts'
import { freshProgram } from '#provisioning/package/programs.ts'
import { boxCommand } from '#provisioning/render/box-command.ts'
import { renderEdgeConfig } from '#provisioning/render/edge-config.ts'
import { dnsFacts } from '#scripts/network-lab/dns.ts'
import { createLab, type Lab, type RunningGate } from '#scripts/network-lab/lab.ts'
import { identityFiles } from './box-identity.ts'
import type { CentralRunning } from './central.ts'
import type { StartOptions } from './options.ts'
import { CannotStart } from './preflight.ts'
import { unprivileged } from './privilege.ts'
import type { processes } from './processes.ts'
import { files, keep, readKept } from './state.ts'

const root = join(import.meta.dirname, '..', '..')
const PORTAL_PORT = 8080
const RADIUS_PORTS = { authPort: 1812, acctPort: 1813 }

export type Network = { lab: Lab; gate: RunningGate }

/** One phone, and this machine itself as a visitor, so that its own browser meets the gate. */
export async function openNetwork(): Promise<Network> {
  let lab: Lab | undefined
  try {
    lab = await createLab({ phones: 1, hostVisitor: true, name: 'up' })
    await lab.startDns()
    const gate = await lab.startGate({
      portalPort: PORTAL_PORT,
      openPorts: [`udp:${RADIUS_PORTS.authPort}`, `udp:${RADIUS_PORTS.acctPort}`],
    })
    return { lab, gate }
  } catch (cause) {
    await lab?.close()
    // A container, say, where root may not make network namespaces. Going on without a firewall is the person's choice, not ours.
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CannotStart(
      `The hotspot's network could not be made here: ${reason}. To run without a packet filter: ./scripts/up --no-firewall`,
    )
  }
}

/** @returns the visitor's page. */
export async function startHotspot(
  children: ReturnType<typeof processes>,
  { network, central, options }: { network: Network | undefined; central: CentralRunning; options: StartOptions },
): Promise<string> {
  const lan = network?.lab.addresses.edge.lan4
  const origin = lan === undefined ? `http://127.0.0.1:${options.port + 2}` : `http://${lan}`
  keep(
    files.edgeConfig,
    renderEdgeConfig({
      node: 'balai-kota',
      name: 'Balai Kota Madiun',
      area: 'Kelurahan Kartoharjo',
      stateDir: files.edge,
      portalDir: join(root, 'portal', 'dist'),
      portal: lan === undefined ? { host: '127.0.0.1', port: options.port + 2, origin } : { host: '::', port: PORTAL_PORT, origin },
      ...(network ? { gate: { socket: network.gate.socket, lan: 'br-lan', wan: 'wan0' }, dnsmasq: dnsFacts(network.lab.claim) } : {}),
      radius: {
        host: lan === undefined ? '127.0.0.1' : '0.0.0.0',
        ...(lan === undefined ? { authPort: 0, acctPort: 0 } : RADIUS_PORTS),
        ...(await radiusOf(lan === undefined ? '127.0.0.1/32' : `${lan.replace(/\.\d+$/, '.0')}/24`)),
      },
      mqtt: { url: central.mqttsUrl, tls: identityFiles, centralKey: central.publicKey },
      ...(network ? { uplinkProbe: `${network.lab.addresses.internet.v4}:80` } : {}),
    }),
  )
  const argv = boxCommand(process.execPath, freshProgram('edge'), '--config', files.edgeConfig)
  if (network) await children.adopt('edge', () => network.lab.spawnUnprivileged('edge', argv))
  else await children.start('edge', unprivileged(argv))
  return `${origin}/`
}

/** One access point's secret and one user, made on this machine and kept with their words in radius.json. */
async function radiusOf(address: string) {
  const kept = readKept<{ secret: string; user: string; password: string; passwordHash: string }>(files.radius) ?? (await freshRadius())
  keep(files.radius, kept)
  return {
    clients: [{ name: 'titik-akses', address, secret: kept.secret }],
    users: [{ name: kept.user, passwordHash: kept.passwordHash, sessionTimeoutSeconds: 3_600 }],
  }
}

async function freshRadius() {
  const password = randomBytes(12).toString('base64url')
  return { secret: randomBytes(24).toString('base64url'), user: 'petugas', password, passwordHash: await makePasswordHash(password) }
}
