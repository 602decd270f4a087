/** From what is known of one hotspot to the file its box runs by. Pure: the caller writes it, mode 0600, because it holds secrets. */
import type { EdgeConfig } from '#edge/config.ts'

export type HotspotFacts = {
  node: string
  name: string
  area: string
  stateDir: string
  portalDir: string
  /** Where visitors reach the portal, e.g. http://10.77.0.1; port 80 is redirected to `portalPort` by the gate. */
  portal: { host: string; port: number; origin: string }
  /** HTTPS under the box's own name; absent where it has none. */
  tls?: EdgeConfig['welcome']['tls']
  /** Absent where the box has no packet filter of ours. */
  gate?: { socket: string; lan: string; wan: string }
  /** Absent where DHCP and DNS are not ours. */
  dnsmasq?: EdgeConfig['dnsmasq']
  /** The kelurahan's; secret. */
  roamingKey?: string
  radius: {
    host: string
    authPort: number
    acctPort: number
    clients: EdgeConfig['radius']['clients']
    users: EdgeConfig['radius']['users']
  }
  /** Access points, switches and routers to ask by SNMP; secret. */
  devices?: EdgeConfig['devices']
  mqtt: EdgeConfig['mqtt']
  uplinkProbe?: string
  sessionSeconds?: number
  watchSeconds?: number
}

/** The city's rule: the film is thirty seconds. */
const WATCH_SECONDS = 30
/** One school lesson and a break; afterwards the welcome page is shown again. */
const SESSION_SECONDS = 3_600
/** Seven days of records of one box (about 55 MB as measured) with room to spare. */
const OUTBOX_BYTES_MAX = 64 * 1024 * 1024

/** What a power cut may take of telemetry, never of complaints or sessions; each commit more costs the card some 25 KiB with its journal. */
const GROUP_SECONDS = 30

export function renderEdgeConfig(facts: HotspotFacts): EdgeConfig {
  return {
    node: facts.node,
    hotspot: { name: facts.name, area: facts.area },
    stateDir: facts.stateDir,
    portalDir: facts.portalDir,
    welcome: {
      host: facts.portal.host,
      port: facts.portal.port,
      origin: facts.portal.origin,
      watchSeconds: facts.watchSeconds ?? WATCH_SECONDS,
      sessionSeconds: facts.sessionSeconds ?? SESSION_SECONDS,
      ...(facts.tls && { tls: facts.tls }),
    },
    gate: facts.gate ? { mode: 'nftables', ...facts.gate } : { mode: 'none', socket: '', lan: '', wan: '' },
    ...(facts.dnsmasq && { dnsmasq: facts.dnsmasq }),
    ...(facts.roamingKey !== undefined && { roamingKey: facts.roamingKey }),
    radius: facts.radius,
    ...(facts.devices && { devices: facts.devices }),
    mqtt: facts.mqtt,
    telemetry: {
      everySeconds: 60,
      groupSeconds: GROUP_SECONDS,
      outboxBytesMax: OUTBOX_BYTES_MAX,
      ...(facts.uplinkProbe === undefined ? {} : { uplinkProbe: facts.uplinkProbe }),
    },
  }
}
