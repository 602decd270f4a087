/** Central as a city runs it, `node central/main.ts`, with the benchmark's hotspots registered. */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Enrolled } from '#central/enrol.ts'
import { hotspotOf } from './boxes.ts'
import { nextAnswer, startProgram, type Program } from './processes.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')

export type Central = Program & { mqttPort: number | null; enrolled: Enrolled }

/** `env`: DATABASE_URL, MQTT_URL and the rest; nothing means SQLite and the broker inside. `nodeFlags`: for a profile. */
export async function startCentral(at: {
  data: string
  boxes: number
  env?: Record<string, string>
  nodeFlags?: readonly string[]
  enrolled?: Enrolled
}): Promise<Central> {
  const { data, env = {}, nodeFlags = [] } = at
  const enrolled = at.enrolled ?? enrol(data, at.boxes, env)
  const argv = [...nodeFlags, join(ROOT, 'central', 'main.ts'), '--data', data, '--port', '0', '--mqtt-port', '0']
  const program = startProgram(process.execPath, argv, { env })
  const { mqtt } = await nextAnswer<{ mqtt: number | null }>(program, 'central')
  return { ...program, mqttPort: mqtt, enrolled }
}

export function enrol(data: string, boxes: number, env: Record<string, string> = {}): Enrolled {
  mkdirSync(data, { recursive: true })
  const input = JSON.stringify(Array.from({ length: boxes }, (_, box) => hotspotOf(box)))
  const argv = [join(ROOT, 'central', 'enrol.ts'), '--data', data, '--hotspots']
  return JSON.parse(
    execFileSync(process.execPath, argv, { input, env: { ...process.env, ...env }, encoding: 'utf8', maxBuffer: 64e6 }),
  ) as Enrolled
}
