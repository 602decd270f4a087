/** The access points, switches and routers of the site, where it has any that are asked. */
import type { EdgeConfig } from '../config.ts'
import { watchDevices, type DeviceWatch } from '../telemetry/snmp/watch-devices.ts'
import type { Ground } from './ground.ts'

export function openDevices({ devices = [] }: EdgeConfig, { outbox, notices, closing, log }: Ground): DeviceWatch | undefined {
  if (devices.length === 0) return undefined
  const watch = watchDevices({ devices, recorder: outbox, notices, log })
  closing.later(() => watch.close())
  return watch
}
