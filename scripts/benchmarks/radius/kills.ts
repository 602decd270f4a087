/**
 * SIGKILL under load, again and again on the same state: every record that was acknowledged is there afterwards, with the
 * counters it told, and counted once. `./scripts/bench radius` does it 100 times, the tests a few.
 */
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSessionsStore } from '#edge/radius/sessions-store.ts'
import { forkBox } from '#test/edge/radius/box.ts'
import { accessPoint, accountingRequest } from '#test/edge/radius/client.ts'
import type { BenchRow } from '../row.ts'

/** Sent per round; the kill falls at a random moment among their answers. */
const RECORDS_PER_ROUND = 240
const SESSIONS = 40
const TOLD_EVERY = 10

export type KillBooks = { kills: number; acknowledged: number; lost: number; sessions: number; doubled: number }

/** @throws Error when a box does not start or answer at all. */
export async function killUnderLoad(kills: number, onKill: (kill: number) => void = () => {}): Promise<KillBooks> {
  const stateDir = mkdtempSync(join(tmpdir(), 'radius-kills-'))
  /** What was acknowledged last for each session: its counters must never be below it. */
  const acknowledged = new Map<string, number>()
  let count = 0
  try {
    for (let kill = 1; kill <= kills; kill++) {
      count += await oneLife(stateDir, kill, acknowledged)
      onKill(kill)
    }
    return { kills, acknowledged: count, ...compare(stateDir, acknowledged) }
  } finally {
    rmSync(stateDir, { recursive: true, force: true })
  }
}

async function oneLife(stateDir: string, life: number, acknowledged: Map<string, number>): Promise<number> {
  await using box = await forkBox(stateDir, 'refuses')
  await using ap = await accessPoint()
  const sent = Array.from({ length: RECORDS_PER_ROUND }, (_, i) => ({ sessionId: `s${i % SESSIONS}`, octets: life * 1_000 + i }))
  const sending = sent.map(({ sessionId, octets }, i) =>
    // Identifiers come round once: no two outstanding requests share one.
    ap.send(
      box.started.acctPort,
      accountingRequest({ status: 3, sessionId, identifier: i & 255, seconds: octets, input: octets, output: 2 * octets }),
    ),
  )
  await Promise.all(sending)
  await ap.received(randomInt(1, RECORDS_PER_ROUND))
  await box.kill()
  for (const reply of ap.replies) {
    const { sessionId, octets } = sent[reply[1]!]!
    acknowledged.set(sessionId, Math.max(octets, acknowledged.get(sessionId) ?? 0))
  }
  return ap.replies.length
}

function compare(stateDir: string, acknowledged: ReadonlyMap<string, number>): Pick<KillBooks, 'lost' | 'sessions' | 'doubled'> {
  const store = openSessionsStore({ file: join(stateDir, 'radius.sqlite') })
  const sessions = store.sessions()
  store.close()
  const kept = new Map(sessions.map((session) => [session.acctSessionId, session]))
  let lost = 0
  for (const [sessionId, octets] of acknowledged) {
    const session = kept.get(sessionId)
    if (!session || session.upOctets < octets || session.downOctets < 2 * octets || session.seconds < octets) lost++
  }
  return { lost, sessions: kept.size, doubled: sessions.length - kept.size }
}

export async function killRows(kills: number): Promise<BenchRow[]> {
  const books = await killUnderLoad(kills, (kill) => {
    if (kill % TOLD_EVERY === 0) process.stderr.write(`  ${kill} of ${kills} kills\n`)
  })
  return [
    {
      benchmark: 'radius',
      figure: 'acknowledged records lost by SIGKILL under load',
      unit: '',
      value: books.lost,
      method: `${books.kills} kills on one state, ${books.acknowledged} records acknowledged, ${books.sessions} sessions, ${books.doubled} doubled`,
      target: `0: ${books.lost === 0 && books.doubled === 0 ? 'met' : 'NOT met'}`,
    },
  ]
}
