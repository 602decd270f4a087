/**
 * The boxes' side as a process of its own. Argument: a LoadSetup as JSON. `fill` writes the outboxes and prints their
 * ledger; `drain` opens them, prints `{"ready":true}`, waits for a line on standard input, and sends until central has
 * acked everything. Each answer is one line of JSON.
 */
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { startUplink } from '#edge/telemetry/uplink.ts'
import { fillBox, openBox, type BoxLedger } from './boxes.ts'
import { healthAt, nodeName, usageAt } from './samples.ts'

export type LoadSetup =
  | { mode: 'fill'; folder: string; boxes: number; minutes: number; until: number }
  | { mode: 'drain'; folder: string; boxes: number; url: string; centralKey: string; tokens: Record<string, string>; secondsMax: number }
export type Filled = { ledger: BoxLedger[] }
/** `acked` of `sent` records, seconds from the first connection being opened to central's last ack. */
export type Drained = {
  seconds: number
  sent: number
  acked: number
  cpuSeconds: number
  connections: number
  bad: number
  firstBad: string | null
}

const POLL_MILLISECONDS = 5
const PROGRESS_MILLISECONDS = 5_000

const say = (answer: unknown) => process.stdout.write(`${JSON.stringify(answer)}\n`)

async function drain(setup: LoadSetup & { mode: 'drain' }): Promise<Drained> {
  const outboxes = Array.from({ length: setup.boxes }, (_, box) => openBox(setup.folder, box))
  const sent = outboxes.reduce((sum, outbox) => sum + outbox.bounds('t').hi, 0)
  say({ ready: true })
  await once(process.stdin, 'data')
  const cpuBefore = process.cpuUsage()
  const begun = performance.now()
  const uplinks = outboxes.map((outbox, box) =>
    startUplink({
      node: nodeName(box),
      mqtt: { url: setup.url, token: setup.tokens[nodeName(box)]!, centralKey: setup.centralKey },
      version: 'bench',
      outbox,
      liveStatus: () => ({ usage: usageAt(box, 0), health: healthAt(box, 0) }),
      onKept: () => undefined,
    }),
  )
  const acked = () => uplinks.reduce((sum, uplink) => sum + (uplink.centralMark()?.t ?? 0), 0)
  let told = begun
  while (acked() < sent && performance.now() - begun < setup.secondsMax * 1_000) {
    await pause(POLL_MILLISECONDS)
    if (performance.now() - told < PROGRESS_MILLISECONDS) continue
    told = performance.now()
    process.stderr.write(`    ${acked().toLocaleString('en')} of ${sent.toLocaleString('en')} acked\n`)
  }
  const seconds = (performance.now() - begun) / 1_000
  const { user, system } = process.cpuUsage(cpuBefore)
  const counters = uplinks.map((uplink) => uplink.counters())
  const answer = {
    seconds,
    sent,
    acked: acked(),
    cpuSeconds: (user + system) / 1e6,
    connections: counters.reduce((sum, { connections }) => sum + connections, 0),
    bad: counters.reduce((sum, { bad }) => sum + bad, 0),
    firstBad: counters.find(({ lastBad }) => lastBad !== undefined)?.lastBad ?? null,
  }
  await Promise.all(uplinks.map((uplink) => uplink.close()))
  for (const outbox of outboxes) outbox.close()
  return answer
}

const setup = JSON.parse(process.argv[2]!) as LoadSetup
if (setup.mode === 'fill') {
  const ledger = Array.from({ length: setup.boxes }, (_, box) => fillBox(setup.folder, box, setup.minutes, setup.until))
  say({ ledger } satisfies Filled)
} else {
  say(await drain(setup))
}
process.exit(0)
