/** ./scripts/up after its set-up: starts the whole product on this machine, says where to look, and ends it all on Ctrl-C. */
import { unlinkSync, writeFileSync } from 'node:fs'
import { hasRoot } from '#scripts/network-lab/lab.ts'
import { buildScreens, makeFilm } from './build.ts'
import { startCentral } from './central.ts'
import { startFleet } from './fleet.ts'
import { startHotspot, openNetwork } from './hotspot.ts'
import { readOptions } from './options.ts'
import { CannotStart, requireNotRunning, requirePorts } from './preflight.ts'
import { processes } from './processes.ts'
import { step } from './progress.ts'
import { files, prepareState } from './state.ts'
import { summary } from './summary.ts'

async function up(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  requireNotRunning(files.pid)
  const firewall = hasRoot() && !options.noFirewall
  await requirePorts([
    { port: options.port, host: options.host, use: 'central' },
    { port: options.port + 1, host: '127.0.0.1', use: 'MQTT' },
    { port: options.port + 3, host: '127.0.0.1', use: 'MQTT over TLS' },
    ...(firewall ? [] : [{ port: options.port + 2, host: '127.0.0.1', use: 'the visitor’s page' }]),
  ])
  prepareState(options.reset)
  writeFileSync(files.pid, String(process.pid))

  const children = processes(files.logs, (line) => process.stderr.write(`  ${line}\n`))
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort())

  await buildScreens()
  const film = await makeFilm()
  const network = firewall ? await step('Wiring the hotspot, a phone and an internet', openNetwork) : undefined
  try {
    const mqttsHost = network?.lab.addresses.host.management ?? '127.0.0.1'
    const central = await step('Starting central', () => startCentral(children, { ...options, mqttsHost }))
    const visitorPage = await step('Starting the hotspot', () => startHotspot(children, { network, central, options }))
    await step(`Starting ${options.hotspots} simulated hotspots`, () => startFleet(children, central))
    process.stdout.write(summary({ options, central, visitorPage, network, film }))

    const lost = new Promise<string>((resolve) => children.onGivingUp(resolve))
    const asked = new Promise<undefined>((resolve) => {
      if (stop.signal.aborted) resolve(undefined)
      stop.signal.addEventListener('abort', () => resolve(undefined))
    })
    const name = await Promise.race([lost, asked])
    if (name !== undefined) throw new CannotStart(`${name} keeps ending by itself. Its log: ${files.logs}/${name}.log`)
  } finally {
    process.stderr.write('\n  Stopping …\n')
    await children.stop()
    await network?.lab.close()
    unlinkSync(files.pid)
  }
}

await up().then(
  () => {
    process.stderr.write('  Stopped. Everything is kept in .state/; start again with ./scripts/up\n')
    process.exit(0)
  },
  (error: unknown) => {
    process.stderr.write(
      `\n  ✗ ${error instanceof CannotStart ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    )
    process.exit(1)
  },
)
