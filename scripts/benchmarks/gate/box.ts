/** Our box as it ships, for a crowd: central with its broker, the edge with RADIUS and its uplink, the gate, all running. */
import type { TestContext } from 'node:test'
import type { Lab } from '#scripts/network-lab/lab.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { freePort } from '#test/support/free-port.ts'
import { cityFor, startBox, writeBoxConfig } from '#test/support/product.ts'
import type { CpuMeter } from './cpu.ts'
import { residentOf, togetherOf } from './memory.ts'
import type { BoxMemory } from './comparison.ts'

/** The shortest time a configuration may ask people to watch. */
const WATCH_SECONDS = 1
export const WATCH_MS = WATCH_SECONDS * 1_000

export type Box = {
  pids: { edge: number; gate: number }
  memory(): BoxMemory
  close(): Promise<void>
}

/** @throws when a part does not start, with nothing left running. */
export async function startOurBox(lab: Lab, cpu: CpuMeter): Promise<Box> {
  const closing: (() => unknown)[] = []
  const close = async () => {
    for (const one of closing.toReversed()) await one()
  }
  try {
    const pids = await startParts(lab, cpu, (last) => void closing.push(last))
    return {
      pids,
      memory: () => ({ edge: residentOf(pids.edge), gate: residentOf(pids.gate), together: togetherOf(pids.edge, pids.gate) }),
      close,
    }
  } catch (cause) {
    await close()
    throw cause
  }
}

async function startParts(lab: Lab, cpu: CpuMeter, later: (close: () => unknown) => void): Promise<Box['pids']> {
  const host = lab.addresses.host.management
  const [webPort, mqttPort] = [await freePort(), await freePort(host)]
  const city = await cityFor({ after: later } as unknown as TestContext, { host, webPort, mqttPort })
  await city.startCentral()
  const gate = await lab.startGate({ openPorts: ['udp:1812', 'udp:1813'] })
  later(() => gate.stop())
  cpu.join(gate.pid)
  const edge = await startBox(lab, await writeBoxConfig(lab, city, `mqtts://${host}:${mqttPort}`, { watchSeconds: WATCH_SECONDS }))
  later(() => edge.end())
  cpu.join(edge.child.pid!)
  await until('the uplink', () => edge.log().includes('The uplink is connected'))
  return { edge: edge.child.pid!, gate: gate.pid }
}
