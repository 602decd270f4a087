/**
 * A box under traffic: real outbox, real uplink. Argument: a BoxSetup as JSON. Any line on stdin ends the traffic; it
 * then says what its outbox holds and keeps the uplink open until it is killed.
 */
import { generateKeyPairSync } from 'node:crypto'
import { fsyncSync, openSync, writeSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { setTimeout } from 'node:timers/promises'
import { openOutbox } from '#edge/telemetry/outbox.ts'
import { startUplink } from '#edge/telemetry/uplink.ts'
import { TICKET_ALPHABET } from '#edge/wire/complaint.ts'
import { answerWhenAsked } from './account.ts'
import type { Accepted, BoxEnd, BoxSetup } from './setup.ts'

/** A disk that is full gets this long to have room again. */
const FLUSH_TRIES = 100
const FLUSH_AGAIN_MILLISECONDS = 100

const setup = JSON.parse(process.argv[2]!) as BoxSetup
const ledger = openSync(setup.ledgerFile, 'a')
const write = (accepted: Accepted[]) => {
  writeSync(ledger, accepted.map((line) => `${JSON.stringify(line)}\n`).join(''))
  fsyncSync(ledger)
}

const { bytesMax = 64 * 1024 * 1024, everyMilliseconds = 4, usageEach = 1 } = setup
const outbox = openOutbox({ file: setup.outboxFile, bytesMax, groupSeconds: 1, clockTrust: () => 'ntp' })
const { publicKey } = generateKeyPairSync('ed25519')
const uplink = startUplink({
  node: setup.node,
  mqtt: { url: setup.url, token: setup.token, centralKey: publicKey.export({ type: 'spki', format: 'pem' }) as string },
  version: 'test',
  outbox,
  liveStatus: () => ({}),
  onKept: () => {},
  log: (message) => process.stderr.write(`box: ${message}\n`),
  times: { ackTimeoutSeconds: 1, statusSeconds: 5, ...setup.times },
  backoff: { firstMilliseconds: 50, maxMilliseconds: 500 },
})

// It will be killed, and then writes nothing.
flushCompileCache()
answerWhenAsked('box', () => ({
  connected: uplink.connected(),
  ...uplink.counters(),
  centralMark: uplink.centralMark(),
  t: outbox.bounds('t'),
  e: outbox.bounds('e'),
  ...outbox.counters(),
}))

const traffic = new AbortController()
process.stdin.once('data', () => traffic.abort())

const codeOf = (n: number) => {
  const letters = Array.from({ length: 8 }, (_, i) => TICKET_ALPHABET[Math.floor(n / 32 ** i) % 32]).join('')
  return `${letters.slice(0, 4)}-${letters.slice(4)}`
}

let refused = 0
/** @returns whether the outbox has it; on a full disk it may say no, and then nothing was promised. */
function taken(record: () => unknown): boolean {
  try {
    record()
    return true
  } catch {
    refused += 1
    return false
  }
}

/** Recorded, not yet said to be on disk. A commit takes all of it along. */
let grouped: Accepted[] = []
outbox.onCommitted(() => {
  if (grouped.length > 0) write(grouped)
  grouped = []
})
let usages = 0
for (let i = 1; !traffic.signal.aborted; i++) {
  const n = setup.life * 100_000 + i
  for (let each = 0; each < usageEach; each++) {
    const octets = setup.life * 1_000_000 + ++usages
    outbox.record('usage', { seconds: 60, online: 1, waiting: 0, upOctets: 0, downOctets: octets, admitted: 0, portalPages: 0 })
    grouped.push({ usage: octets })
  }
  const id = `p-${n}`
  const session = {
    id,
    source: 'portal',
    event: 'stop',
    device: '00112233aabbccdd',
    startedAt: 1_790_000_000_000,
    seconds: 1,
    upOctets: 1,
    downOctets: 1,
  } as const
  if (taken(() => outbox.record('session', session))) write([{ session: id }])
  if (i % 5 === 0) {
    const code = codeOf(n)
    const text = `Lampu nomor ${n} padam.`
    if (taken(() => outbox.record('complaint', { code, category: 'lampu', text, anonymous: true, language: 'id' })))
      write([{ complaint: code }])
  }
  await setTimeout(everyMilliseconds)
}
for (let tries = 0; tries < FLUSH_TRIES && !taken(() => outbox.flush()); tries++) await setTimeout(FLUSH_AGAIN_MILLISECONDS)
const { dropped } = outbox.counters()
const end: BoxEnd = { epoch: outbox.epoch(), t: outbox.bounds('t').hi, e: outbox.bounds('e').hi, dropped, refused }
process.stdout.write(`${JSON.stringify(end)}\n`)
