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

export async function startOurBox(lab: Lab, cpu: CpuMeter): Promise<Box> {
  const closing: (() => unknown)[] = []
  const context = { after: (close: () => unknown) => void closing.push(close) } as unknown as TestContext
  const host = lab.addresses.host.management
  const [webPort, mqttPort] = [await freePort(), await freePort(host)]
  const city = await cityFor(context, { host, webPort, mqttPort })
  await city.startCentral()
  const gate = await lab.startGate({ openPorts: ['udp:1812', 'udp:1813'] })
  cpu.join(gate.pid)
  const edge = await startBox(lab, await writeBoxConfig(lab, city, `mqtts://${host}:${mqttPort}`, { watchSeconds: WATCH_SECONDS }))
  cpu.join(edge.child.pid!)
  await until('the uplink', () => edge.log().includes('The uplink is connected'))
  const pids = { edge: edge.child.pid!, gate: gate.pid }
  return {
    pids,
    memory: () => ({ edge: residentOf(pids.edge), gate: residentOf(pids.gate), together: togetherOf(pids.edge, pids.gate) }),
    async close() {
      await edge.end()
      await gate.stop()
      for (const close of closing.toReversed()) await close()
    },
  }
}
