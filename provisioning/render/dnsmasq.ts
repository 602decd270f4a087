/**
 * The two dnsmasq configurations of a hotspot. Visitors who may not pass yet ask the captive one, which has no
 * upstream at all but for the walled garden: dnsmasq with one forwards other record types even under `address=/#/`,
 * and that is a tunnel. Each reads one more file from its `folder`, which the edge changes while the box runs
 * (edge/agent/); a keeper restarts that instance then. Pure: facts in, text out.
 */

import { CAPTIVE_V4, CAPTIVE_V6 } from '#edge/captive-addresses.ts'

export type LanFacts = {
  port: number
  lan: string
  gatewayV4: string
  gatewayV6?: string
  /** The portal's own name; must resolve to the box on both sides of the login. */
  portalName?: string
  /** This instance's own: where the keeper puts garden.conf or captive-api.conf for it to read. May be empty. */
  folder: string
  /** Domains that may lead to addresses which are nobody's on the internet, e.g. the city's own services. */
  privateNames?: string[]
}

export type OpenFacts = LanFacts & {
  upstream: string[]
  leaseFile: string
  dhcp?: { from: string; to: string; netmask: string }
  /** Announce the LAN's IPv6 prefix by router advertisements. Only where IPv6 leads somewhere: phones prefer it. */
  announceV6?: boolean
}

/** Seconds a captive answer may live in a phone's cache: after the login the real one must come at once. */
const CAPTIVE_TTL = 1

/** Seconds a garden answer may: an address that the gate has let go is open again by the phone's next question. */
const GARDEN_TTL = 30

/**
 * Records of a garden name that a phone needs for nothing before the login, and that a tunnel likes (NULL and 65399 are
 * iodine's). HTTPS and SVCB too: with them browsers go for HTTP/3 and encrypted names, which stay shut.
 */
const FILTERED_RECORDS = 'ANY,TXT,NULL,MX,SRV,NAPTR,CAA,SSHFP,TLSA,LOC,HINFO,RP,SPF,URI,CERT,DNSKEY,OPENPGPKEY,SVCB,HTTPS,65399'

/** Questions under way at once; the gate lets each phone ask five a second. Keeps a dead garden upstream from piling them up. */
const GARDEN_QUESTIONS_MAX = 64

/** Visitors stay half an hour to an hour; a /24 must serve the next crowd too. */
const LEASE = '30m'

/** More than any /22 of a hotspot, and a bound on what a flood of made-up devices can fill. */
const LEASES_MAX = 1_000

/** Seconds between router advertisements, and until a phone forgets a router that is silent: ten missed ones. */
const ADVERTISE_EVERY = 60
const ROUTER_LIFETIME = 600

export function renderCaptiveDns(facts: LanFacts): string {
  return text([
    '# DNS for visitors who have not logged in yet: knows nothing, and asks nobody but for the walled garden.',
    ...common(facts),
    `local-ttl=${CAPTIVE_TTL}`,
    'local=/#/',
    `address=/#/${CAPTIVE_V4}`,
    `address=/#/${CAPTIVE_V6}`,
    // Every garden answer passes through, so that each one tells the gate its addresses anew.
    'cache-size=0',
    `max-ttl=${GARDEN_TTL}`,
    `filter-rr=${FILTERED_RECORDS}`,
    `dns-forward-max=${GARDEN_QUESTIONS_MAX}`,
  ])
}

export function renderOpenDns(facts: OpenFacts): string {
  return text([
    '# DNS for admitted visitors, and DHCP for all.',
    ...common(facts),
    ...facts.upstream.map((server) => `server=${server}`),
    'domain-needed',
    'bogus-priv',
    'cache-size=4096',
    ...(facts.dhcp ? dhcp(facts, facts.dhcp) : []),
    ...(facts.announceV6 ? announceV6(facts) : []),
  ])
}

function common({ lan, port, portalName, gatewayV4, gatewayV6, folder, privateNames = [] }: LanFacts): string[] {
  return [
    `port=${port}`,
    `interface=${lan}`,
    'except-interface=lo',
    'bind-dynamic',
    'no-resolv',
    'no-hosts',
    'no-poll',
    // A name on the internet must not lead to the box or the city's own network, nor open the gate towards it.
    'stop-dns-rebind',
    // The star means "files that end so".
    `conf-dir=${folder},*.conf`,
    ...privateNames.map((name) => `rebind-domain-ok=/${name}/`),
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
    // Looking for another user of an address takes seconds in which everybody else waits; phones look for themselves (RFC 5227).
    'no-ping',
    // A phone that calls itself "wpad" or "bank" must not become that name for its neighbours.
    'dhcp-ignore-names',
    // Its everyday words name every device that comes by.
    'quiet-dhcp',
    'quiet-dhcp6',
    'quiet-ra',
  ]
}

/**
 * Addresses by SLAAC alone, name server in the advertisement (RDNSS, RFC 8106), DHCPv6 only to be asked for options
 * (RFC 8415 §18.2.6: the captive portal API's). No DHCPv6 addresses: Android never asks for any, and the gate follows the
 * device, not the address, so a lease would tell nobody anything.
 * High preference (RFC 4191): another router's advertisement, should one get through, is the second choice.
 */
function announceV6({ lan }: OpenFacts): string[] {
  return [
    'enable-ra',
    `ra-param=${lan},high,${ADVERTISE_EVERY},${ROUTER_LIFETIME}`,
    `dhcp-range=::,constructor:${lan},ra-stateless,${LEASE}`,
    'dhcp-option=option6:dns-server,[::]',
  ]
}

/** @throws when a fact would smuggle in a line of its own. */
function text(lines: string[]): string {
  const bad = lines.find((line) => /[\p{Cc}"]/u.test(line))
  if (bad !== undefined) throw new Error(`not fit for dnsmasq's configuration: ${JSON.stringify(bad)}`)
  return `${lines.join('\n')}\n`
}
