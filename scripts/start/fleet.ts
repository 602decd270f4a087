/** The simulated city around the real hotspot: real MQTT clients speaking the real contract, marked as simulated everywhere. */
import { join } from 'node:path'
import type { CentralRunning } from './central.ts'
import { unprivileged } from './privilege.ts'
import type { processes } from './processes.ts'
import { files } from './state.ts'

const fleet = join(import.meta.dirname, '..', 'demo-city', 'fleet.ts')

export async function startFleet(children: ReturnType<typeof processes>, central: CentralRunning): Promise<void> {
  const { fleetNodes, fleetState, centralKey } = files
  const argv = [
    process.execPath,
    fleet,
    '--mqtt',
    central.mqttUrl,
    '--nodes',
    fleetNodes,
    '--state',
    fleetState,
    '--central-key',
    centralKey,
  ]
  await children.start('fleet', unprivileged(argv))
}
