/** The box's boot story: start in order, stop in reverse. Everything is built here and nowhere else. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readEdgeConfig, type EdgeConfig } from './config.ts'
import { loadPortal } from './content/portal.ts'
import { noFirewallGate } from './gate/absent.ts'
import { connectGate } from './gate/client.ts'
import type { Gate, GateState } from './gate/port.ts'
import { startRadius } from './radius/server.ts'
import { builtInPolicy } from './sessions/built-in-policy.ts'
import { openVisitorDatabase } from './sessions/database.ts'
import { systemNow } from './sessions/moment.ts'
import { createSessions } from './sessions/sessions.ts'
import { visitStore } from './sessions/store.ts'
import { loadVisitorKey } from './sessions/token.ts'
import { openStateFolder } from './storage/state-folder.ts'
import { openBoxClock } from './telemetry/clock.ts'
import { hostHealth } from './telemetry/host.ts'
import { openGenerations } from './telemetry/generations.ts'
import { openPseudonyms } from './telemetry/pseudonym.ts'
import { startSampler } from './telemetry/sampler.ts'
import { startUplink } from './telemetry/uplink.ts'
import { watchUplink } from './telemetry/uplink-watch.ts'
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

async function run(config: EdgeConfig): Promise<void> {
  // Closed in reverse: what was opened last depends on what was opened first.
  const closing: (() => void | Promise<void>)[] = []

  const state = openStateFolder({ stateDir: config.stateDir, memoryDir: config.memoryDir, log })
  const clock = await openBoxClock()
  closing.push(() => clock.close())
  const outbox = openGenerations({
    folder: state.path,
    continues: state.trouble !== undefined,
    bytesMax: state.outboxBytesMax(config.telemetry.outboxBytesMax),
    groupSeconds: config.telemetry.groupSeconds,
    now: clock.now,
    clockTrust: clock.trust,
    log,
  })
  closing.push(() => outbox.close())
  const pseudonym = openPseudonyms(join(state.path, 'pseudonym.key'))
  let gateChanged = (): void => undefined
  const gate = openGate(config.gate, () => gateChanged())
  closing.push(() => gate.close())

  const radius = await startRadius({ config: config.radius, stateDir: state.path, recorder: outbox, pseudonym, now: clock.now, log })
  closing.push(() => radius.close())

  const now = systemNow()
  const visitors = openVisitorDatabase(state.path, log)
  closing.push(() => void visitors.close())
  const key = loadVisitorKey(state.path)
  const clockTrusted = () => clock.trust() !== 'none' || Date.now() > SURELY_PAST
  const sessions = createSessions({
    store: visitStore(visitors),
    gate,
    recorder: outbox,
    policy: builtInPolicy(config.welcome),
    pseudonym,
    now,
    key,
    clockTrusted,
    log,
  })
  await sessions.restore()
  // A gate that comes back is told at once who may pass, not at the next look.
  gateChanged = () => void sessions.poll().catch((error: unknown) => log(`sessions: ${String(error)}`))
  closing.push(() => sessions.stop())
  const tickets = createTickets({ store: ticketStore(visitors), recorder: outbox, now })

  const road = await watchUplink(config.telemetry.uplinkProbe)
  closing.push(() => road.close())
  const portal = await loadPortal(config.portalDir, log)
  const welcome = await startWelcome({ config, portal, sessions, tickets, gate, key, now, clockTrusted, uplinkDown: road.isDown, log })
  closing.push(() => welcome.close())

  const health = hostHealth({
    stateDir: config.stateDir,
    version: VERSION,
    gate: () => gate.state(),
    outbox: () => outbox.counters(),
    radius: () => {
      const { accepts, rejects, accounting, discarded } = radius.counters()
      return { accepts, rejects, accounting, discarded }
    },
    uplink: () => Promise.resolve(road.milliseconds()),
  })
  const usage = async () => {
    await sessions.poll()
    const { seconds: _, ...counted } = sessions.minuteUsage()
    return counted
  }
  const sampler = startSampler({
    everySeconds: config.telemetry.everySeconds,
    recorder: outbox,
    usage,
    health,
    plays: sessions.minutePlays,
    log,
  })
  closing.push(async () => {
    sampler.close()
    await sampler.sample()
  })
  await sampler.sample()

  const uplink = startUplink({
    node: config.node,
    mqtt: config.mqtt,
    version: VERSION,
    outbox,
    liveStatus: sampler.latest,
    onKept: (message) => tickets.keepTicketStatus(message.ticket),
    onAck: (ack) => clock.hint(ack.at),
    log,
  })
  closing.push(() => uplink.close())

  process.stdout.write(
    `${JSON.stringify({ ready: true, node: config.node, portal: welcome.port, auth: radius.authPort, acct: radius.acctPort, gate: gate.state() })}\n`,
  )
  await ended()
  for (const close of closing.toReversed())
    await Promise.resolve(close()).catch((error: unknown) => log(`while stopping: ${String(error)}`))
}

/** A clock that shows a time after this software was written has been set by somebody; one of 1970 has not. */
const SURELY_PAST = Date.UTC(2026, 0, 1)

function openGate(config: EdgeConfig['gate'], onChange: () => void): Gate {
  if (config.mode === 'none') {
    log('NO FIREWALL: this box lets everyone through. Every page and the NOC say so.')
    return noFirewallGate()
  }
  const onState = (state: GateState) => {
    log(`The gate is ${state}.`)
    onChange()
  }
  return connectGate({ socket: config.socket, lan: config.lan, onState })
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
  await run(readEdgeConfig(values.config))
}

await main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  },
)
