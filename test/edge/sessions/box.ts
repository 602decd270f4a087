import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { builtInPolicy } from '#edge/sessions/built-in-policy.ts'
import { openVisitorDatabase } from '#edge/sessions/database.ts'
import type { Moment, Now } from '#edge/sessions/moment.ts'
import type { Asker } from '#edge/sessions/port.ts'
import { createSessions, type SessionsDeps } from '#edge/sessions/sessions.ts'
import { visitStore } from '#edge/sessions/store.ts'
import { loadVisitorKey } from '#edge/sessions/token.ts'
import { openOutbox, type Outbox } from '#edge/telemetry/outbox.ts'
import type { AccessPolicy, Group } from '#edge/wire/policy.ts'
import type { Session } from '#edge/wire/session.ts'
import { memoryGate, type MemoryGate } from './memory-gate.ts'

export const MAC = 'aa:bb:cc:00:00:01'
export const OTHER_MAC = 'aa:bb:cc:00:00:02'
export const POLICY = { watchSeconds: 30, sessionSeconds: 3600 }
/** 15:00 of a Sunday in the city. */
export const BEGINNING = Date.UTC(2026, 10, 22, 8)

/** A clock that a test turns by hand, wall and monotonic together unless it jumps. */
export type TestClock = { now: Now; pass(seconds: number): void; jump(seconds: number): void; reboot(wallClock?: number): void }

export function testClock(): TestClock {
  let moment: Moment = { at: BEGINNING, mono: 1_000_000, boot: 'boot-1' }
  let boots = 1
  return {
    now: () => moment,
    pass: (seconds) => void (moment = { ...moment, at: moment.at + seconds * 1000, mono: moment.mono + seconds * 1000 }),
    jump: (seconds) => void (moment = { ...moment, at: moment.at + seconds * 1000 }),
    reboot: (wallClock) => void (moment = { at: wallClock ?? moment.at, mono: 5_000, boot: `boot-${++boots}` }),
  }
}

export const pseudonym = (mac: string): string => mac.replaceAll(':', '').padEnd(16, '0')

/** The built-in policy with other rules for the public, and whatever else the city would say. */
export function policyWith(rules: Partial<Group>, more: Partial<AccessPolicy> = {}): AccessPolicy {
  const base = builtInPolicy(POLICY)
  return { ...base, groups: [{ ...base.groups[0]!, ...rules }], ...more }
}

type BoxOptions = { gate?: MemoryGate; clock?: TestClock } & Partial<SessionsDeps>

/** The visitor's part of a box over real files: SQLite and outbox on disk, the gate in memory. */
export function visitorBox(t: TestContext, options: BoxOptions = {}) {
  const { gate = memoryGate(), clock = testClock(), ...change } = options
  const stateDir = mkdtempSync(join(tmpdir(), 'visitors-'))
  const lines: string[] = []
  const log = (line: string) => void lines.push(line)
  const outbox = openOutbox({ file: join(stateDir, 'outbox.db'), bytesMax: 8 * 1024 * 1024, groupSeconds: 60, log })
  const key = loadVisitorKey(stateDir)
  let db = openVisitorDatabase(stateDir, log)
  const start = () =>
    createSessions({
      store: visitStore(db),
      gate,
      recorder: outbox,
      policy: builtInPolicy(POLICY),
      pseudonym,
      now: clock.now,
      key,
      clockTrusted: () => true,
      log,
      ...change,
    })
  let sessions = start()
  t.after(async () => {
    await sessions.stop()
    db.close()
    outbox.close()
    rmSync(stateDir, { recursive: true, force: true })
  })
  return {
    stateDir,
    gate,
    clock,
    outbox,
    key,
    log: lines,
    db: () => db,
    sessions: () => sessions,
    /** As after a kill: nothing is told to the old process. */
    async restart(more: Partial<SessionsDeps> = {}) {
      db.close()
      db = openVisitorDatabase(stateDir, log)
      Object.assign(change, more)
      sessions = start()
      await sessions.restore()
    },
    told: (): Session[] => sessionsIn(outbox),
  }
}

export type VisitorBox = ReturnType<typeof visitorBox>

const sessionsIn = (outbox: Outbox): Session[] =>
  outbox
    .pending('e', 0, 500)
    .filter((record) => record.kind === 'session')
    .map((record) => record.body as Session)

/** Opens the welcome page, waits the time, presses the button. */
export async function goOnline(box: VisitorBox, mac = MAC, address?: string) {
  const asker: Asker = address === undefined ? { mac } : { mac, address }
  const visit = box.sessions().visit(asker)
  if (visit.is !== 'waiting') throw new Error(`${mac} is ${visit.is}`)
  box.clock.pass(visit.secondsLeft)
  return box.sessions().proceed(asker, visit.token)
}
