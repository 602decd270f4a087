/** The box's two dnsmasq, with the configurations a real box gets. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderCaptiveDns, renderOpenDns } from '#provisioning/render/dnsmasq.ts'
import type { Claim } from './claims.ts'
import { INTERNET_NAME } from './internet.ts'
import { inside, startLogged } from './namespaces.ts'
import { addressesOf, dhcpRange, LAN } from './topology.ts'
import { untilPortOpen } from './waiting.ts'

export const DNS_PORT = 53
export const CAPTIVE_DNS_PORT = 5354

export type DnsOptions = { portalName?: string; captiveApiUrl?: string; announceV6?: boolean }

export async function startDns(claim: Claim, { portalName = 'portal.test', captiveApiUrl, announceV6 = false }: DnsOptions = {}) {
  const { edge, internet } = addressesOf(claim.plan)
  const lan = { lan: LAN, gatewayV4: edge.lan4, gatewayV6: edge.lan6, portalName, ...(captiveApiUrl !== undefined && { captiveApiUrl }) }
  const configs = {
    'captive-dns': renderCaptiveDns({ ...lan, port: CAPTIVE_DNS_PORT }),
    'open-dns': renderOpenDns({
      ...lan,
      port: DNS_PORT,
      upstream: [internet.v4],
      // The lab's internet lives in the documentation ranges, which dnsmasq takes for private ones.
      privateNames: [INTERNET_NAME],
      leaseFile: join(claim.folder, 'leases'),
      dhcp: dhcpRange(claim.plan),
      announceV6,
    }),
  }
  for (const [name, config] of Object.entries(configs)) {
    const file = join(claim.folder, `${name}.conf`)
    writeFileSync(file, config, { mode: 0o644 })
    const argv = ['dnsmasq', '--keep-in-foreground', '--user=root', '--pid-file', `--conf-file=${file}`]
    startLogged(inside(claim.plan, 'edge', argv), join(claim.folder, `${name}.log`))
  }
  await untilPortOpen(claim.plan, 'edge', CAPTIVE_DNS_PORT)
  await untilPortOpen(claim.plan, 'edge', DNS_PORT)
  return { dnsPort: DNS_PORT, captiveDnsPort: CAPTIVE_DNS_PORT }
}
