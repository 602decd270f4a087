/** The lab's internet: a web server, a few other listeners, and a name server that knows internet.test. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Claim } from './claims.ts'
import { inside, startLogged } from './namespaces.ts'
import { addressesOf } from './topology.ts'
import { untilLogged, untilPortOpen } from './waiting.ts'

/**
 * `garden` and everything under it has an address of its own, for the walled garden, and `shop` under it lives with a
 * provider, as most names do (CNAME); `inside` leads to a private address, as
 * a rebinding attack does; below `tunnel` answers whoever listens on TUNNEL_PORT of the internet's loopback (iodined).
 */
export const NAMES = {
  internet: 'internet.test',
  garden: 'garden.test',
  provider: 'provider.test',
  inside: 'inside.test',
  tunnel: 't.internet.test',
}
export const TUNNEL_PORT = 5300
const PRIVATE_ADDRESS = '10.99.0.1'

/** What a probe tries; each of them has somebody at the other end. */
export const INTERNET_PORTS = { http: [80, 8080], tcp: [22, 443], udp: [123, 443, 51_820], push: [5004] }

const ANSWERER = join(import.meta.dirname, 'answerer.ts')

export async function startInternet(claim: Claim): Promise<void> {
  const { internet } = addressesOf(claim.plan)
  const config = join(claim.folder, 'internet-dns.conf')
  writeFileSync(
    config,
    [
      'port=53',
      'no-resolv',
      'no-hosts',
      'interface=eth0',
      'bind-dynamic',
      `host-record=${NAMES.internet},${internet.v4},${internet.v6}`,
      ...[NAMES.garden, `www.${NAMES.garden}`].map((name) => `host-record=${name},${internet.garden4},${internet.garden6}`),
      `host-record=${NAMES.provider},${internet.garden4},${internet.garden6}`,
      `cname=shop.${NAMES.garden},${NAMES.provider}`,
      `host-record=${NAMES.inside},${PRIVATE_ADDRESS}`,
      'local=/#/',
      `server=/${NAMES.tunnel}/127.0.0.1#${TUNNEL_PORT}`,
      ...[NAMES.internet, NAMES.garden].map((name) => `txt-record=${name},from the internet`),
      '',
    ].join('\n'),
    { mode: 0o644 },
  )
  startLogged(
    inside(claim.plan, 'internet', ['dnsmasq', '--keep-in-foreground', '--pid-file', `--conf-file=${config}`]),
    join(claim.folder, 'internet-dns.log'),
  )
  const log = join(claim.folder, 'internet.log')
  const ports = Object.entries(INTERNET_PORTS).flatMap(([kind, list]) => list.flatMap((port) => [`--${kind}`, String(port)]))
  startLogged(inside(claim.plan, 'internet', [process.execPath, ANSWERER, '--says', 'internet', ...ports]), log)
  await untilLogged(log, '{"ready":true}')
  await untilPortOpen(claim.plan, 'internet', 53)
}

/** Arguments of a stand-in for the portal, where a test is about the gate alone. */
export function portalStandIn(port: number): string[] {
  return [process.execPath, ANSWERER, '--says', 'portal', '--http', String(port)]
}
