/** From a device's last record to what is drawn of it; pure. */
import type { Device, DevicePort } from '#edge/wire/device.ts'

export type PortLook = {
  name: string
  alias: string | null
  state: 'up' | 'down' | 'errors'
  speedMbps: number | null
  /** Octets per second; null where not known. */
  inRate: number | null
  outRate: number | null
  errors: number
  discards: number
}

/** A record of any age and any box is read without guessing: what is not there is not known. */
export function portsOf({ ports = [], seconds }: Partial<Device>): PortLook[] {
  const rate = (octets: number | undefined) => (octets === undefined || seconds === undefined ? null : octets / seconds)
  return ports.map((port) => ({
    name: port.name,
    alias: port.alias ?? null,
    state: stateOf(port),
    speedMbps: port.speedMbps ?? null,
    inRate: rate(port.inOctets),
    outRate: rate(port.outOctets),
    errors: port.errors ?? 0,
    discards: port.discards ?? 0,
  }))
}

const stateOf = ({ up, errors }: DevicePort): PortLook['state'] => (!up ? 'down' : errors === undefined ? 'up' : 'errors')

/** "10 G", "100": what is printed beside a port. */
export function speedWord(megabits: number | null): string {
  if (megabits === null) return ''
  return megabits >= 1_000 ? `${Math.round(megabits / 100) / 10}G` : `${megabits}M`
}
