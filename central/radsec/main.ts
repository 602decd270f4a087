#!/usr/bin/env node
/**
 * RADIUS over TLS for sites without a box, as a program of its own: to central it is one more node, which gets people and
 * policy by MQTT, signed, and tells sessions through an outbox, so that it works on with central gone.
 */
import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { openSettings } from '#edge/agent/settings.ts'
import { createClosing, type Closing } from '#edge/boot/closing.ts'
import { openGround, type Ground } from '#edge/boot/ground.ts'
import { openCentralAccounts } from '#edge/radius/central-accounts.ts'
import { radiusReport } from '#edge/radius/radius-report.ts'
import { rejectionReports } from '#edge/radius/rejection-reports.ts'
import { startRadius } from '#edge/radius/server.ts'
import { builtInPolicy } from '#edge/sessions/built-in-policy.ts'
import { startUplink } from '#edge/telemetry/uplink.ts'
import { VERSION } from '#edge/version.ts'
import { nodeTopic } from '#edge/wire/topics.ts'
import { readRadsecConfig, type RadsecConfig } from './config.ts'
import type { RadsecTls } from './listener.ts'
import { peerTable } from './peers.ts'
import { startRadsec, type Radsec } from './radsec.ts'

const USAGE = `Usage: node central/radsec/main.ts --config FILE

Answers RADIUS over TLS (RadSec, RFC 6614) for sites without a box. central/radsec/config.ts has the file's schema.
Prints {"ready":true,…} once it serves; SIGTERM or Ctrl-C ends it.
`

/** How long a peer whose certificate was taken back may still be connected, beyond what central needs to write it down. */
const LOOK_AT_FILES_EVERY_MS = 60_000

const log = (line: string): void => void process.stderr.write(`${new Date().toISOString()} ${line}\n`)

async function run(config: RadsecConfig): Promise<void> {
  const closing = createClosing(log)
  try {
    const ground = await openGround({ config }, closing, log)
    const { clock, clockTrusted, outbox } = ground
    const { radsec, settings, accounts, report } = await openFront(config, ground, closing)
    const uplink = startUplink({
      node: config.node,
      mqtt: config.mqtt,
      version: VERSION,
      outbox,
      liveStatus: () => ({}),
      // What is kept on a box are answers to its visitors' complaints; there are none here.
      onKept: () => undefined,
      onAck: (ack) => clock.hint(ack.at),
      clockTrusted,
      // Central sends people only to who says that it takes them.
      settings: { ...settings, reported: () => ({ ...settings.reported(), radius: report() }) },
      onAccounts: accounts.take,
      log,
    })
    closing.later(() => uplink.close())
    process.stdout.write(`${JSON.stringify({ ready: true, node: config.node, radsec: radsec.port })}\n`)
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
    })
  } finally {
    await closing.all()
  }
}

async function openFront(config: RadsecConfig, ground: Ground, closing: Closing) {
  const { statePath, clock, clockTrusted, notices, outbox, pseudonym } = ground
  const centralKey = createPublicKey(config.mqtt.centralKey)
  const trustedNow = () => (clock.trust() === 'ntp' ? clock.now() : undefined)
  const common = { centralKey, trustedNow, notices, log }
  const settings = openSettings({
    ...common,
    file: join(statePath, 'settings.json'),
    topic: nodeTopic(config.node, 'd'),
    builtIn: builtInPolicy({ watchSeconds: 0, sessionSeconds: config.sessionSeconds }),
  })
  closing.later(() => settings.close())
  const accounts = openCentralAccounts({
    ...common,
    file: join(statePath, 'radius-accounts.json'),
    topic: nodeTopic(config.node, 'a'),
    recoverableSecrets: config.radius.recoverableSecrets ?? false,
  })
  const peers = peerTable(config.peers.map(({ messageAuthenticator, ...peer }) => ({ ...peer, legacy: messageAuthenticator === 'legacy' })))
  const radius = await startRadius({
    // Its UDP sockets have no clients: whoever sends there gets silence.
    config: { ...config.radius, host: '127.0.0.1', authPort: 0, acctPort: 0, clients: [] },
    clients: peers.table,
    stateDir: statePath,
    recorder: outbox,
    pseudonym,
    policy: settings.policy,
    accounts,
    notices,
    now: clock.now,
    clockTrusted,
    log,
  })
  closing.later(() => radius.close())
  const refusals = rejectionReports({ rejections: radius.rejections, recorder: outbox })
  closing.later(() => refusals.close())
  const told = { clients: config.peers, recoverableSecrets: config.radius.recoverableSecrets }
  const tls = readTls(config)
  const radsec = await startRadsec({ host: config.host, port: config.port, tls, peers, radius })
  closing.later(() => radsec.close())
  const renewal = renewing(radsec, tls, config)
  closing.later(() => clearInterval(renewal))
  return { radsec, settings, accounts, report: () => radiusReport(told, accounts) }
}

const readTls = (config: RadsecConfig): RadsecTls => ({
  certificates: readFileSync(config.certificateFile, 'utf8'),
  key: readFileSync(config.keyFile, 'utf8'),
  authorities: readFileSync(config.authoritiesFile, 'utf8'),
  ...(config.revocationListsFile !== undefined && { revocationLists: readFileSync(config.revocationListsFile, 'utf8') }),
})

function renewing(radsec: Radsec, first: RadsecTls, config: RadsecConfig): NodeJS.Timeout {
  let inForce = first
  return setInterval(() => {
    try {
      const found = readTls(config)
      if (isDeepStrictEqual(found, inForce)) return
      radsec.renew(found)
      inForce = found
    } catch (error) {
      log(`RadSec goes on with the certificates it has: ${(error as Error).message}`)
    }
  }, LOOK_AT_FILES_EVERY_MS).unref()
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' }, help: { type: 'boolean' } } })
  if (values.help) return void process.stdout.write(USAGE)
  if (values.config === undefined) throw new Error(`Which configuration? ${USAGE.split('\n', 1)[0]}`)
  await run(readRadsecConfig(values.config))
}

await main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  },
)
