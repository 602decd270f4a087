/** What the access points and switches of a simulated hotspot tell over SNMP. Pure, from name and time; no maker's device is meant. */
import type { Device, DevicePort, DeviceRadio } from '#edge/wire/device.ts'
import { usageAt, type Moment } from './day.ts'
import { chanceOf, hashOf, smoothNoise } from './random.ts'
import { silentDevicesAt, sitesOf, type Site } from './sites.ts'

/** Enterprise number for documentation (RFC 5612): nobody's. */
const OBJECT_ID = '1.3.6.1.4.1.32473'
const SWITCH_PORTS_SMALL = 8
const SWITCH_PORTS_LARGE = 24
const POE_LIMIT_WATTS = 190
/** 802.11 and IP headers, retries, beacons: the air carries more than the gate counts. */
const OVERHEAD = 1.06
const CHANNELS_2GHZ = [1, 6, 11] as const
const CHANNELS_5GHZ = [36, 40, 44, 149, 153, 157] as const
const DAY = 86_400_000

/** One record for each device of the site, over the interval that ends at this moment. */
export function devicesAt(moment: Moment, sites: readonly Site[] = sitesOf(moment)): Device[] {
  if (sites.length === 0) return []
  const silent = silentDevicesAt(moment) ?? []
  const usage = usageAt(moment)
  const aps = sites.filter(({ kind }) => kind === 'ap')
  const shares = sharesOf(moment.node, aps)
  return sites.map((site) => {
    const { name, kind } = site
    if (silent.includes(name)) return { name, kind, reachable: false, problem: 'no-answer' }
    const traffic = { up: usage.upOctets * OVERHEAD, down: usage.downOctets * OVERHEAD, online: usage.online }
    const share = shares.get(name)
    return kind === 'switch' ? switchAt(moment, site, aps, shares, traffic) : accessPointAt(moment, site, share ?? 0, traffic)
  })
}

type Traffic = { up: number; down: number; online: number }

/** People stand nearer to one access point than to another, always to the same one. */
function sharesOf(node: string, aps: readonly Site[]): Map<string, number> {
  const weights = aps.map(({ name }) => 0.5 + chanceOf(node, name, 'share'))
  const sum = weights.reduce((total, weight) => total + weight)
  return new Map(aps.map(({ name }, i) => [name, weights[i]! / sum]))
}

function accessPointAt(moment: Moment, { name, kind }: Site, share: number, { up, down, online }: Traffic): Device {
  const { node, at, everySeconds } = moment
  const clients = Math.round(online * share)
  const wide = Math.round(clients * (0.55 + 0.3 * chanceOf(node, name, 'wide')))
  const port: DevicePort = {
    name: 'eth0',
    up: true,
    speedMbps: 1_000,
    inOctets: Math.round(down * share),
    outOctets: Math.round(up * share),
  }
  const radio = (band: string, stations: number, channels: readonly number[], noise: number): DeviceRadio => ({
    name: band,
    channel: channels[hashOf(node, name, band) % channels.length]!,
    clients: stations,
    utilisation: hundredth(0.04 + 0.02 * stations + 0.05 * (1 + smoothNoise(hashOf(node, name, band, 'air'), at, 9 * 60_000))),
    noiseDbm: noise + Math.round(3 * smoothNoise(hashOf(node, name, band, 'noise'), at, 25 * 60_000)),
  })
  return {
    ...about(moment, name, kind, 'Simulated access point'),
    seconds: everySeconds,
    ports: [port],
    radios: [radio('2.4 GHz', clients - wide, CHANNELS_2GHZ, -89), radio('5 GHz', wide, CHANNELS_5GHZ, -95)],
    clients,
  }
}

function switchAt(moment: Moment, site: Site, aps: readonly Site[], shares: Map<string, number>, { up, down, online }: Traffic): Device {
  const { node, at, everySeconds } = moment
  const count = aps.length < SWITCH_PORTS_SMALL ? SWITCH_PORTS_SMALL : SWITCH_PORTS_LARGE
  const ports = Array.from({ length: count }, (_, i): DevicePort => {
    const name = `port ${i + 1}`
    if (i === count - 1) return { name, alias: 'uplink', up: true, speedMbps: 1_000, inOctets: Math.round(down), outOctets: Math.round(up) }
    const ap = aps[i]
    if (!ap) return { name, up: false }
    const share = shares.get(ap.name) ?? 0
    // A plug that has seen rain: a few damaged packets an hour, at one port in twelve.
    const isWorn = chanceOf(node, name, 'worn') < 0.08 && chanceOf(node, name, at) < 0.1
    return {
      name,
      alias: ap.name,
      up: true,
      speedMbps: 1_000,
      inOctets: Math.round(up * share),
      outOctets: Math.round(down * share),
      ...(isWorn && { errors: 1 + (hashOf(node, name, at) % 6) }),
    }
  })
  return {
    ...about(moment, site.name, site.kind, `Simulated PoE switch, ${count} ports`),
    seconds: everySeconds,
    ports,
    learnedAddresses: online + aps.length + 1,
    poeWatts: Math.round(6.5 * aps.length + online * 0.05),
    poeLimitWatts: POE_LIMIT_WATTS,
  }
}

function about({ node, at }: Moment, name: string, kind: Site['kind'], model: string) {
  const started = at - (at % DAY) - DAY * (3 + (hashOf(node, name, 'started') % 60))
  return {
    name,
    kind,
    reachable: true,
    model,
    sysName: `${kind}${1 + (hashOf(node, name, 'number') % 90)}-${node}`,
    objectId: `${OBJECT_ID}.${kind === 'ap' ? 1 : 2}`,
    uptimeSeconds: Math.floor((at - started) / 1_000),
  }
}

const hundredth = (value: number) => Math.round(Math.min(1, Math.max(0, value)) * 100) / 100
