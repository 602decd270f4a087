/** From two looks at a device to what the NOC is told. Pure. */
import type { DeviceConfig } from '../../config.ts'
import { PORTS_MAX, type Device, type DevicePort, type DeviceProblem } from '../../wire/device.ts'
import { eventsSince, octetsSince, restartedSince } from './counters.ts'
import type { PortReading, Reading } from './reading.ts'

/** `at`: milliseconds of a clock that only rises. */
export type Look = { at: number; reading: Reading }
type Named = Pick<DeviceConfig, 'name' | 'kind'>

/** The wire's limit: what is older says nothing about a rate. */
const SECONDS_MAX = 604_800
const PACKETS_MAX = 1_000_000_000_000

export function unanswered({ name, kind }: Named, before: Look | undefined, problem: DeviceProblem): Device {
  return { name, kind: kind ?? (before ? kindOf(before.reading) : 'unknown'), reachable: false, problem }
}

export function deviceRecord({ name, kind }: Named, before: Look | undefined, { at, reading }: Look): Device {
  const seconds = before === undefined ? undefined : Math.round((at - before.at) / 1_000)
  const replaced = before !== undefined && isAnother(before.reading, reading)
  const counted = before !== undefined && seconds !== undefined && seconds >= 1 && seconds <= SECONDS_MAX && !replaced
  const { model, sysName, objectId, upTicks, radios, learnedAddresses, poe } = reading
  const chosen = chosenPorts(reading.ports)
  const clients = radios.flatMap((radio) => radio.clients ?? [])
  return {
    name,
    kind: kind ?? kindOf(reading),
    reachable: true,
    ...(counted && { seconds }),
    ...(model !== undefined && { model }),
    ...(sysName !== undefined && { sysName }),
    ...(objectId !== undefined && { objectId }),
    ...(replaced && { replaced }),
    ...(upTicks !== undefined && { uptimeSeconds: Math.floor(upTicks / 100) }),
    ports: chosen.map((port) => portRecord(port, counted ? { ...before, seconds } : undefined, reading)),
    ...(reading.ports.length > chosen.length && { portsLeftOut: reading.ports.length - chosen.length }),
    ...(radios.length > 0 && { radios }),
    ...(clients.length > 0 && { clients: clients.reduce((sum, each) => sum + each) }),
    ...(learnedAddresses !== undefined && { learnedAddresses }),
    ...(poe && { poeWatts: poe.watts, poeLimitWatts: poe.limitWatts }),
  }
}

/** A name that was given or an agent that was updated is not another device; where either differs the NOC should look. */
function isAnother(before: Reading, now: Reading): boolean {
  return before.objectId !== now.objectId || before.sysName !== now.sysName
}

/** What it is, by what it has: radios, a power supply or many bridge ports, forwarding between networks. */
export function kindOf({ radios, poe, bridgePorts, routes }: Reading): Device['kind'] {
  if (radios.length > 0) return 'ap'
  if (poe !== undefined) return 'switch'
  if (routes) return 'router'
  return bridgePorts > 1 ? 'switch' : 'unknown'
}

/** With more than fit, those that carry something come first. */
function chosenPorts(ports: readonly PortReading[]): PortReading[] {
  const byIndex = (a: PortReading, b: PortReading) => a.index - b.index
  if (ports.length <= PORTS_MAX) return ports.toSorted(byIndex)
  return ports
    .toSorted((a, b) => Number(b.up) - Number(a.up) || byIndex(a, b))
    .slice(0, PORTS_MAX)
    .toSorted(byIndex)
}

function portRecord(port: PortReading, since: (Look & { seconds: number }) | undefined, reading: Reading): DevicePort {
  const { name, alias, up, speedMbps } = port
  const described: DevicePort = { name, ...(alias !== undefined && { alias }), up, ...(speedMbps !== undefined && up && { speedMbps }) }
  const before = since?.reading.ports.find(({ index, name }) => index === port.index && name === port.name)
  if (!since || !before) return described
  const elapsed = { seconds: since.seconds, beganAnew: beganAnew(before, port, since, reading), speedMbps }
  // A device that changes between 32 and 64 bits is counted from here on.
  const octets = (of: 'inOctets' | 'outOctets') =>
    before.bits === port.bits ? octetsSince(before[of], port[of], port.bits, elapsed) : undefined
  const [inOctets, outOctets] = [octets('inOctets'), octets('outOctets')]
  const [errors, discards] = [eventsSince(before.errors, port.errors, elapsed), eventsSince(before.discards, port.discards, elapsed)]
  return {
    ...described,
    ...(inOctets !== undefined && { inOctets }),
    ...(outOctets !== undefined && { outOctets }),
    ...(errors > 0 && { errors: Math.min(PACKETS_MAX, errors) }),
    ...(discards > 0 && { discards: Math.min(PACKETS_MAX, discards) }),
  }
}

function beganAnew(before: PortReading, now: PortReading, since: Look & { seconds: number }, reading: Reading): boolean {
  if (before.countedSince !== now.countedSince) return true
  const [then, ticks] = [since.reading.upTicks, reading.upTicks]
  return then === undefined || ticks === undefined || restartedSince(then, ticks, since.seconds)
}
