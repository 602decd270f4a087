/**
 * A box under traffic: real outbox, real uplink. Argument: a BoxSetup as JSON. Any line on stdin ends the traffic; it
 * then says what its outbox holds and keeps the uplink open until it is killed.
 */
import { generateKeyPairSync } from 'node:crypto'
import { fsyncSync, openSync, writeSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { openOutbox } from '#edge/telemetry/outbox.ts'
import { startUplink } from '#edge/telemetry/uplink.ts'
import { TICKET_ALPHABET } from '#edge/wire/complaint.ts'
import type { Accepted, BoxSetup } from './setup.ts'

const setup = JSON.parse(process.argv[2]!) as BoxSetup
const ledger = openSync(setup.ledgerFile, 'a')
const write = (accepted: Accepted[]) => {
  writeSync(ledger, accepted.map((line) => `${JSON.stringify(line)}\n`).join(''))
  fsyncSync(ledger)
}

const outbox = openOutbox({ file: setup.outboxFile, bytesMax: 64 * 1024 * 1024, groupSeconds: 1, clockTrust: () => 'ntp' })
const { publicKey } = generateKeyPairSync('ed25519')
startUplink({
  node: setup.node,
  mqtt: { url: setup.url, token: setup.token, centralKey: publicKey.export({ type: 'spki', format: 'pem' }) as string },
  version: 'test',
  outbox,
  liveStatus: () => ({}),
  onKept: () => {},
  log: (message) => process.stderr.write(`box: ${message}\n`),
  times: { ackTimeoutSeconds: 1, statusSeconds: 5 },
  backoff: { firstMilliseconds: 50, maxMilliseconds: 500 },
})

const traffic = new AbortController()
process.stdin.once('data', () => traffic.abort())

const codeOf = (n: number) => {
  const letters = Array.from({ length: 8 }, (_, i) => TICKET_ALPHABET[Math.floor(n / 32 ** i) % 32]).join('')
  return `${letters.slice(0, 4)}-${letters.slice(4)}`
}

let flushed: Accepted[] = []
for (let i = 1; !traffic.signal.aborted; i++) {
  const n = setup.life * 100_000 + i
  outbox.record('usage', { seconds: 60, online: 1, waiting: 0, upOctets: 0, downOctets: n, admitted: 0, portalPages: 0 })
  flushed.push({ usage: n })
  const id = `p-${n}`
  outbox.record('session', {
    id,
    source: 'portal',
    event: 'stop',
    device: '00112233aabbccdd',
    startedAt: Date.now(),
    seconds: 1,
    upOctets: 1,
    downOctets: 1,
  })
  // The event's commit took the waiting telemetry along.
  write([...flushed, { session: id }])
  flushed = []
  if (i % 5 === 0) {
    const code = codeOf(n)
    outbox.record('complaint', { code, category: 'lampu', text: `Lampu nomor ${n} padam.`, anonymous: true, language: 'id' })
    write([{ complaint: code }])
  }
  await setTimeout(4)
}
outbox.flush()
process.stdout.write(`${JSON.stringify({ epoch: outbox.epoch(), t: outbox.bounds('t').hi, e: outbox.bounds('e').hi })}\n`)
