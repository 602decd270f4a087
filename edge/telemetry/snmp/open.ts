import type { DeviceConfig } from '../../config.ts'
import { canonicalAddress } from './guarded-socket.ts'
import type { SnmpSession } from './port.ts'
import { openV2c } from './v2c.ts'

export type SnmpTarget = Pick<DeviceConfig, 'address' | 'port' | 'snmp'>

const SNMP_PORT = 161

/** net-snmp is loaded only where a site has a v3 device: a quarter of a megabyte of program. */
export async function openSnmp({ address, port = SNMP_PORT, snmp }: SnmpTarget): Promise<SnmpSession> {
  const at = { address: canonicalAddress(address), port }
  if (snmp.version === '2c') return openV2c(at, snmp)
  const { openV3 } = await import('./v3.ts')
  return openV3(at, snmp)
}
