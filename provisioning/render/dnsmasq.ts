/**
 * The two dnsmasq configurations of a hotspot. Visitors who may not pass yet ask the captive one, which has no
 * upstream at all: dnsmasq with one forwards other record types even under `address=/#/`, and that is a tunnel.
 * Pure: facts in, text out.
 */

import { CAPTIVE_V4, CAPTIVE_V6 } from '#edge/config.ts'

export type LanFacts = {
  lan: string
  gatewayV4: string
  gatewayV6?: string
  /** The portal's own name; must resolve to the box on both sides of the login. */
  portalName?: string
  /** Set only where a certificate for portalName is installed: phones refuse an API they cannot verify (RFC 8908 §4.1). */
  captiveApiUrl?: string
}

export type OpenFacts = LanFacts & {
  port: number
  upstream: string[]
  leaseFile: string
  /** Domains that may lead to addresses which are nobody's on the internet, e.g. the city's own services. */
  privateNames?: string[]
  dhcp?: { from: string; to: string; netmask: string }
  /** Announce the LAN's IPv6 prefix by router advertisements. */
  announceV6?: boolean
}

/** Seconds a captive answer may live in a phone's cache: after the login the real one must come at once. */
const CAPTIVE_TTL = 1

/** Visitors stay half an hour to an hour; a /24 must serve the next crowd too. */
const LEASE = '30m'

/** More than any /22 of a hotspot, and a bound on what a flood of made-up devices can fill. */
const LEASES_MAX = 1_000

export function renderCaptiveDns(facts: LanFacts & { port: number }): string {
  return text([
    '# DNS for visitors who have not logged in yet: knows nothing, asks nobody.',
    ...common(facts),
    `local-ttl=${CAPTIVE_TTL}`,
    'local=/#/',
    `address=/#/${CAPTIVE_V4}`,
    `address=/#/${CAPTIVE_V6}`,
    'cache-size=0',
  ])
}

export function renderOpenDns(facts: OpenFacts): string {
  return text([
    '# DNS for admitted visitors, and DHCP for all.',
    ...common(facts),
    ...facts.upstream.map((server) => `server=${server}`),
    'domain-needed',
    'bogus-priv',
    // A name on the internet must not lead to the box or the city's own network.
    'stop-dns-rebind',
    ...(facts.privateNames ?? []).map((name) => `rebind-domain-ok=/${name}/`),
    'cache-size=4096',
    ...(facts.dhcp ? dhcp(facts, facts.dhcp) : []),
    ...(facts.announceV6 ? announceV6(facts) : []),
  ])
}

function common({ lan, port, portalName, gatewayV4, gatewayV6 }: LanFacts & { port: number }): string[] {
  return [
    `port=${port}`,
    `interface=${lan}`,
    'except-interface=lo',
    'bind-dynamic',
    'no-resolv',
    'no-hosts',
    'no-poll',
    ...(portalName === undefined
      ? []
      : [`host-record=${[portalName, gatewayV4, gatewayV6].filter((part) => part !== undefined).join(',')}`]),
  ]
}

function dhcp(facts: OpenFacts, { from, to, netmask }: { from: string; to: string; netmask: string }): string[] {
  return [
    `dhcp-range=${from},${to},${netmask},${LEASE}`,
    `dhcp-option=option:router,${facts.gatewayV4}`,
    `dhcp-option=option:dns-server,${facts.gatewayV4}`,
    `dhcp-lease-max=${LEASES_MAX}`,
    `dhcp-leasefile=${facts.leaseFile}`,
    'dhcp-authoritative',
    // RFC 8910: left behind without a valid certificate, this option breaks iPhones.
    ...(facts.captiveApiUrl === undefined ? [] : [`dhcp-option-force=114,${facts.captiveApiUrl}`]),
  ]
}

function announceV6({ lan, captiveApiUrl }: OpenFacts): string[] {
  return [
    'enable-ra',
    `dhcp-range=::,constructor:${lan},ra-stateless,${LEASE}`,
    'dhcp-option=option6:dns-server,[::]',
    ...(captiveApiUrl === undefined ? [] : [`dhcp-option=option6:103,${captiveApiUrl}`]),
  ]
}

/** @throws when a fact would smuggle in a line of its own. */
function text(lines: string[]): string {
  const bad = lines.find((line) => /[\p{Cc}"]/u.test(line))
  if (bad !== undefined) throw new Error(`not fit for dnsmasq's configuration: ${JSON.stringify(bad)}`)
  return `${lines.join('\n')}\n`
}
