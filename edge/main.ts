/** The box's boot story: start in order, stop in reverse. Everything is built here and in boot/, and nowhere else. */
import { parseArgs } from 'node:util'
import { startAddressGuard } from './agent/address-guard.ts'
import { chooseConfig, keepGoodConfig, type ChosenConfig } from './agent/good-config.ts'
import { openAgent, type Agent } from './boot/agent.ts'
import { createClosing } from './boot/closing.ts'
import { openDevices } from './boot/devices.ts'
import { openGate, type WatchedGate } from './boot/gate.ts'
import { openGround, type Ground } from './boot/ground.ts'
import { openRadius } from './boot/radius.ts'
import { watchRoad, type Road } from './boot/road.ts'
import type { EdgeConfig } from './config.ts'
import { loadPortal } from './content/portal.ts'
import type { Radius } from './radius/server.ts'
import { openVisitorDatabase } from './sessions/database.ts'
import { createSessions, type Sessions } from './sessions/sessions.ts'
import { visitStore } from './sessions/store.ts'
import { loadVisitorKey } from './sessions/token.ts'
import { hostHealth } from './telemetry/host.ts'
import { startSampler, type Sampler } from './telemetry/sampler.ts'
import type { DeviceWatch } from './telemetry/snmp/watch-devices.ts'
import { startUplink } from './telemetry/uplink.ts'
import { keepMemorySmall } from './spare-memory.ts'
import { VERSION } from './version.ts'
import { startWelcome } from './welcome/server.ts'
import { ticketStore } from './welcome/store.ts'
import { createTickets } from './welcome/tickets.ts'

const USAGE = `Usage: node edge/main.ts --config FILE

Runs one hotspot box: captive portal, visitor sessions, RADIUS, telemetry, uplink to central.
The file is the one provisioning writes (edge/config.ts has its schema). The packet filter is a process
of its own: node edge/gate/daemon.ts --help. Prints {"ready":true,…} once it serves; SIGTERM or Ctrl-C ends it,
and visitors who are online stay online until their time is over.
`

const log = (line: string): void => void process.stderr.write(`${new Date().toISOString()} ${line}\n`)

async function run(chosen: ChosenConfig, onServing: () => void): Promise<void> {
  const { config } = chosen
  const closing = createClosing(log)
  const ground = await openGround(chosen, closing, log)
  const { clock, clockTrusted, now, notices, outbox } = ground
  const watched = openGate(config.gate, ground)
  const agent = await openAgent(config, watched.gate, ground)
  const { radius, accounts, report } = await openRadius(config, agent.settings.policy, ground)
  const { sessions, tickets, key } = await openVisitors(watched, agent, ground)
  const road = await watchRoad(config, ground)
  const portal = await loadPortal(config.portalDir, log)
  const welcome = await startWelcome({
    config,
    portal,
    sessions,
    tickets,
    gate: watched.gate,
    key,
    now,
    clockTrusted,
    uplinkDown: road.isDown,
    notices,
    onCaptiveApi: agent.captiveApi,
    log,
  })
  closing.later(() => welcome.close())
  const devices = openDevices(config, ground)
  const sampler = await openSampler(config, { ground, watched, radius, road, sessions, devices })

  const uplink = startUplink({
    node: config.node,
    mqtt: config.mqtt,
    version: VERSION,
    outbox,
    liveStatus: sampler.latest,
    onKept: (message) => tickets.keepTicketStatus(message.ticket),
    onAck: (ack) => clock.hint(ack.at),
    // Not by what the clock shows: one that is ten years ahead must not keep the box from where it learns the time.
    clockTrusted: () => clock.trust() !== 'none',
    settings: { ...agent.settings, reported: () => ({ ...agent.settings.reported(), radius: report() }) },
    onAccounts: accounts.take,
    ...(agent.roaming && { onVisits: agent.roaming.heard }),
    log,
  })
  closing.later(() => uplink.close())

  onServing()
  process.stdout.write(
    `${JSON.stringify({ ready: true, node: config.node, portal: welcome.port, auth: radius.authPort, acct: radius.acctPort, gate: watched.gate.state() })}\n`,
  )
  void keepMemorySmall(log)
  await ended()
  await closing.all()
}

async function openVisitors({ gate, onChange }: WatchedGate, { settings, roaming, leases, garden }: Agent, ground: Ground) {
  const { statePath, inMemory, outbox, pseudonym, now, clockTrusted, notices, closing } = ground
  const visitors = openVisitorDatabase(statePath, log)
  closing.later(() => void visitors.close())
  const key = loadVisitorKey(statePath)
  const sessions = createSessions({
    store: visitStore(visitors, log),
    gate,
    recorder: outbox,
    policy: settings.policy(),
    ...(roaming && { roaming }),
    ...(leases && { addressesOf: leases.addressesOf }),
    pseudonym,
    now,
    key,
    clockTrusted,
    notices,
    log,
  })
  await sessions.restore()
  closing.later(() => sessions.stop())
  // A gate that comes back is told at once who may pass, not at the next look.
  onChange(() => void sessions.poll().catch((error: unknown) => log(`sessions: ${String(error)}`)))
  settings.onPolicy(async (policy) => {
    await sessions.usePolicy(policy)
    garden.use(policy.garden)
  })
  if (leases) {
    const guard = startAddressGuard({ gate, leases, rebind: sessions.rebind, notices, pseudonym, log })
    closing.later(() => guard.close())
  }
  return { sessions, tickets: createTickets({ store: ticketStore(visitors), recorder: outbox, now, isDurable: () => !inMemory }), key }
}

type Sampled = {
  ground: Ground
  watched: WatchedGate
  radius: Radius
  road: Road
  sessions: Sessions
  devices: DeviceWatch | undefined
}

async function openSampler(config: EdgeConfig, { ground, watched, radius, road, sessions, devices }: Sampled): Promise<Sampler> {
  const { outbox, storage, closing } = ground
  const health = hostHealth({
    stateDir: config.stateDir,
    version: VERSION,
    gate: () => watched.gate.state(),
    outbox: () => outbox.counters(),
    radius: () => {
      const { accepts, rejects, accounting, discarded } = radius.counters()
      return { accepts, rejects, accounting, discarded }
    },
    uplink: () => Promise.resolve(road.uplinkMilliseconds()),
    uplinkProbes: road.uplinkProbes,
    dns: road.dnsMilliseconds,
    silentDevices: devices?.silent,
    storage,
  })
  const usage = async () => {
    await sessions.poll()
    const { seconds: _, ...counted } = sessions.minuteUsage()
    return counted
  }
  const { everySeconds } = config.telemetry
  const sampler = startSampler({ everySeconds, recorder: outbox, usage, health, plays: sessions.minutePlays, log })
  closing.later(async () => {
    sampler.close()
    await sampler.sample()
  })
  await sampler.sample()
  return sampler
}

function ended(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve())
    process.once('SIGINT', () => resolve())
  })
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' }, help: { type: 'boolean' } } })
  if (values.help) return void process.stdout.write(USAGE)
  if (values.config === undefined) throw new Error(`Which configuration? ${USAGE.split('\n', 1)[0]}`)
  const file = values.config
  const chosen = chooseConfig(file, log)
  await run(chosen, () => keepGoodConfig(file, chosen.config, log))
}

await main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  },
)
