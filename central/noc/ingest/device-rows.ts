/** What records of access points and switches leave behind: the newest word on each, and sums by the hour. Pure. */
import type { Device } from '#edge/wire/device.ts'
import { hourOf } from './clock.ts'
import type { DeviceHour, DeviceRow } from './store-port.ts'

/** 100 Gbit/s: no port of a hotspot has more. Above it a counter is broken. */
const OCTETS_PER_SECOND_MAX = 12_500_000_000

/** @returns why a record cannot be true, though its form is right. */
export function implausible({ ports = [], seconds = 0 }: Device): string | undefined {
  const most = ports.reduce((most, { inOctets = 0, outOctets = 0 }) => Math.max(most, inOctets, outOctets), 0)
  return most > seconds * OCTETS_PER_SECOND_MAX ? 'device carried more than 100 Gbit/s' : undefined
}

export function createDeviceRows() {
  const rows = new Map<string, DeviceRow>()
  const hours = new Map<string, DeviceHour>()
  return {
    take(node: string, device: Device, at: number): void {
      const key = `${node} ${device.name}`
      const before = rows.get(key)
      if (!before || at >= before.at) rows.set(key, rowOf(node, device, at, before))
      addTo(hours, node, device, hourOf(at))
    },
    rows: () => ({ devices: [...rows.values()], deviceHours: [...hours.values()] }),
  }
}

function rowOf(node: string, device: Device, at: number, before: DeviceRow | undefined): DeviceRow {
  const body = JSON.stringify(device)
  const reachable = Number(device.reachable)
  const since = before?.reachable === reachable ? before.since : at
  const [answered, answeredAt] = device.reachable ? [body, at] : [before?.answered ?? null, before?.answeredAt ?? null]
  return { node, name: device.name, at, reachable, since, body, answered, answeredAt }
}

function addTo(hours: Map<string, DeviceHour>, node: string, { name, reachable, ports = [], clients }: Device, t: number): void {
  const key = `${node} ${name} ${t}`
  const none = { node, name, t, looks: 0, answered: 0, inOctets: 0, outOctets: 0, errors: 0, clientsSum: 0, clientsN: 0 }
  const hour = hours.get(key) ?? none
  hour.looks += 1
  hour.answered += Number(reachable)
  for (const { inOctets = 0, outOctets = 0, errors = 0 } of ports) {
    hour.inOctets += inOctets
    hour.outOctets += outOctets
    hour.errors += errors
  }
  if (clients !== undefined) {
    hour.clientsSum += clients
    hour.clientsN += 1
  }
  hours.set(key, hour)
}
