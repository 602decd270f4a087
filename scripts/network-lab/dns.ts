/** The box's two dnsmasq, with the configurations and the powers a real box gives them, and what keeps them running. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderCaptiveApi } from '#edge/agent/captive-api-file.ts'
import { renderGarden } from '#edge/agent/garden-file.ts'
import { CAPTIVE_API_FILE, GARDEN_FILE, type EdgeConfig } from '#edge/config.ts'
import { renderCaptiveDns, renderOpenDns } from '#provisioning/render/dnsmasq.ts'
import type { Claim } from './claims.ts'
import type { KeeperSetup } from './dns-keeper.ts'
import { NAMES } from './internet.ts'
import { inside, startLogged, withDnsPowersOnly } from './namespaces.ts'
import { addressesOf, dhcpRange, LAN } from './topology.ts'
import { untilLogged, untilPortOpen } from './waiting.ts'

export const DNS_PORT = 53
export const CAPTIVE_DNS_PORT = 5354

const KEEPER = join(import.meta.dirname, 'dns-keeper.ts')

export type DnsOptions = { portalName?: string; captiveApiUrl?: string; announceV6?: boolean }

/** Facts for the edge's configuration: where it and the lab's dnsmasq meet. */
export function dnsFacts({ plan, folder }: Claim): NonNullable<EdgeConfig['dnsmasq']> {
  const { edge, internet } = addressesOf(plan)
  return {
    leaseFile: join(folder, 'leases'),
    folder: join(folder, 'dns-written'),
    upstream: [internet.v4],
    address: edge.lan4,
    port: DNS_PORT,
    probeName: NAMES.internet,
  }
}

/** Opens these domains before the login, as the edge does when its policy changes; none closes the garden. */
export function writeGarden(claim: Claim, domains: readonly string[]): void {
  const { folder, upstream } = dnsFacts(claim)
  const file = join(folder, GARDEN_FILE)
  writeFileSync(`${file}.new`, renderGarden({ domains, upstream }))
  renameSync(`${file}.new`, file)
}

export async function startDns(claim: Claim, { portalName = 'portal.test', captiveApiUrl, announceV6 = false }: DnsOptions = {}) {
  const { edge } = addressesOf(claim.plan)
  const { folder: written, leaseFile, upstream } = dnsFacts(claim)
  mkdirSync(written, { recursive: true, mode: 0o755 })
  if (captiveApiUrl !== undefined) writeFileSync(join(written, CAPTIVE_API_FILE), renderCaptiveApi(captiveApiUrl))
  // The lab's internet lives in the documentation ranges, which dnsmasq takes for private ones.
  const lan = { lan: LAN, gatewayV4: edge.lan4, gatewayV6: edge.lan6, portalName, privateNames: [NAMES.internet, NAMES.garden] }
  const reads = { captive: join(claim.folder, 'dns-read-captive'), open: join(claim.folder, 'dns-read-open') }
  const configs = {
    captive: renderCaptiveDns({ ...lan, port: CAPTIVE_DNS_PORT, folder: reads.captive }),
    open: renderOpenDns({ ...lan, port: DNS_PORT, folder: reads.open, upstream, leaseFile, dhcp: dhcpRange(claim.plan), announceV6 }),
  }
  const instances = (['captive', 'open'] as const).map((name) => {
    const file = join(claim.folder, `${name}-dns.conf`)
    writeFileSync(file, configs[name], { mode: 0o644 })
    mkdirSync(reads[name], { recursive: true, mode: 0o755 })
    // As root, or dnsmasq would want more powers than these to become somebody else.
    const words = [
      'dnsmasq',
      '--keep-in-foreground',
      '--user=root',
      '--group=root',
      '--log-facility=-',
      '--pid-file',
      `--conf-file=${file}`,
    ]
    return { name, folder: reads[name], argv: withDnsPowersOnly(words) }
  })
  const setup = join(claim.folder, 'dns-keeper.json')
  writeFileSync(setup, JSON.stringify({ written, instances } satisfies KeeperSetup))
  const log = join(claim.folder, 'dns.log')
  const keeper = startLogged(inside(claim.plan, 'edge', [process.execPath, KEEPER, setup]), log)
  await untilLogged(log, '{"ready":true}', keeper)
  await untilPortOpen(claim.plan, 'edge', CAPTIVE_DNS_PORT)
  await untilPortOpen(claim.plan, 'edge', DNS_PORT)
  return { dnsPort: DNS_PORT, captiveDnsPort: CAPTIVE_DNS_PORT }
}
