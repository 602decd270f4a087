/** Debian's Mosquitto with the files that provisioning renders and its own default log, for the benchmark's boxes. */
import { randomBytes } from 'node:crypto'
import { startMosquitto } from '#test/support/mosquitto.ts'

export async function startBenchMosquitto(tokens: Record<string, string>) {
  const password = randomBytes(16).toString('hex')
  const broker = await startMosquitto('central', new Map([...Object.entries(tokens), ['central', password]]), {
    host: '127.0.0.1',
    quiet: true,
  })
  return {
    stop: () => broker.stop(),
    centralEnv: { MQTT_URL: `mqtt://127.0.0.1:${broker.port}`, MQTT_USERNAME: 'central', MQTT_PASSWORD: password },
  }
}
