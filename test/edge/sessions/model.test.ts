/** Sessions against the reference in model.ts: whatever happens in whatever order, both say the same. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { builtInPolicy } from '#edge/sessions/built-in-policy.ts'
import { openVisitorDatabase } from '#edge/sessions/database.ts'
import { createSessions, type Sessions } from '#edge/sessions/sessions.ts'
import { visitStore } from '#edge/sessions/store.ts'
import type { AccessPolicy } from '#edge/wire/policy.ts'
import type { Session } from '#edge/wire/session.ts'
import { BEGINNING, pseudonym, testClock } from './box.ts'
import { memoryGate } from './memory-gate.ts'
import { createModel, WATCH, type Model, type Rules } from './model.ts'

const MACS = ['aa:bb:cc:00:00:01', 'aa:bb:cc:00:00:02', 'aa:bb:cc:00:00:03']
const FOREVER = 8_640_000_000_000_000
/** The heartbeat's own interval. */
const LOOK_SECONDS = 15
const TEN_YEARS = 3_652 * 86_400

const RULES: Rules[] = [
  { session: 1200, idle: 300 },
  { session: 600, quota: 40_000_000 },
  { session: 2400, dayTime: 1800, dayData: 100_000_000 },
  { session: 1200, idle: 600, closed: [15 * 60 + 10, 15 * 60 + 25] },
  { session: 3600, blocked: MACS[0]! },
  { session: 300, idle: 120, quota: 10_000_000, dayTime: 900, dayData: 30_000_000, closed: [15 * 60 + 40, 24 * 60 - 1] },
]

const timeOfDay = (minutes: number): string => new Date(minutes * 60_000).toISOString().slice(11, 16)

function policyOf({ session, idle, quota, dayTime, dayData, closed, blocked }: Rules): AccessPolicy {
  const base = builtInPolicy({ watchSeconds: WATCH, sessionSeconds: session })
  const group = {
    ...base.groups[0]!,
    ...(idle ? { idleSeconds: idle } : {}),
    ...(quota ? { sessionOctets: quota } : {}),
    ...(dayTime ? { dailySeconds: dayTime } : {}),
    ...(dayData ? { dailyOctets: dayData } : {}),
  }
  const shut = closed && { from: timeOfDay(closed[0]), to: timeOfDay(closed[1]), effect: { close: true as const } }
  return {
    ...base,
    groups: [group],
    schedules: shut ? [{ id: 'shut', groups: ['public'], days: [1, 2, 3, 4, 5, 6, 7], endsOn: '2999-12-31', ...shut }] : [],
    block: blocked === undefined ? [] : [{ mac: blocked, until: FOREVER }],
  }
}

function startReal(stateDir: string) {
  const clock = testClock()
  const gate = memoryGate('enforcing', clock.now)
  const told: Session[] = []
  const trouble: string[] = []
  const state = { trusted: true, rules: RULES[0]!, tokens: new Map<string, string>() }
  let seq = 0
  const recorder = {
    record: (_kind: string, body: unknown) => {
      told.push(body as Session)
      return ++seq
    },
    eventDelivered: () => true,
  }
  const key = Buffer.alloc(32, 7)
  let db = openVisitorDatabase(stateDir, () => undefined)
  const create = (): Sessions =>
    createSessions({
      store: visitStore(db),
      gate,
      recorder,
      policy: policyOf(state.rules),
      pseudonym,
      now: clock.now,
      key,
      clockTrusted: () => state.trusted,
      log: (line) => void trouble.push(line),
    })
  let sessions = create()
  return {
    clock,
    gate,
    told,
    trouble,
    state,
    sessions: () => sessions,
    async restart(): Promise<void> {
      db.close()
      db = openVisitorDatabase(stateDir, () => undefined)
      sessions = create()
      await sessions.restore()
    },
    close: () => void db.close(),
  }
}
type Real = ReturnType<typeof startReal>

/** After a look both must say the same of everything. */
function compare(model: Model, real: Real): void {
  for (const mac of MACS) {
    const { online, secondsLeft } = real.sessions().look(mac)
    assert.equal(online, model.left(mac) > 0, `${mac} online, ${model.left(mac)} s left by the model`)
    assert.ok(Math.abs(secondsLeft - model.left(mac)) <= 5, `${mac} has ${secondsLeft} s left, by the model ${model.left(mac)}`)
    const held = real.gate.open.get(mac)?.seconds ?? 0
    assert.ok(held > 0 === online, `the gate holds ${mac} for ${held} s`)
  }
  assert.equal(real.gate.open.size, MACS.filter((mac) => model.left(mac) > 0).length)
  const ends = real.told.filter(({ event }) => event === 'stop').map(({ device, cause }) => `${device} ${cause}`)
  assert.deepEqual(ends.sort(), model.ends.map((end) => end.replace(/^\S+/, pseudonym)).sort())
  const octets = (sum: number, { upOctets, downOctets }: { upOctets: number; downOctets: number }) => sum + upOctets + downOctets
  const total = [...real.told, ...MACS.map((mac) => real.sessions().look(mac))].reduce(octets, 0)
  assert.equal(total, model.counted, 'octets told and shown')
  assert.deepEqual(real.trouble, [])
}

async function look(model: Model, real: Real): Promise<void> {
  await real.sessions().poll()
  model.poll()
  compare(model, real)
}

/** As the heartbeat would look while time goes by: every 15 seconds, and when something ends. */
async function pass(model: Model, real: Real, seconds: number): Promise<void> {
  for (let rest = seconds; rest > 0;) {
    const step = Math.min(rest, LOOK_SECONDS)
    real.clock.pass(step)
    model.pass(step)
    rest -= step
    await real.sessions().poll()
    model.poll()
  }
  compare(model, real)
}

type Step = fc.AsyncCommand<Model, Real>
const step = (name: string, run: (model: Model, real: Real) => Promise<void>): Step => ({
  check: () => true,
  run,
  toString: () => name,
})

const open = (mac: string): Step =>
  step(`open ${mac}`, async (model, real) => {
    const visit = real.sessions().visit({ mac })
    const refused = model.refusal(mac)
    if (model.left(mac) > 0) return assert.equal(visit.is, 'online')
    if (refused !== undefined) return assert.ok(visit.is === 'refused' && visit.refusal.why === refused, `${visit.is}, not ${refused}`)
    const visitor = model.of(mac)
    if (!visitor.waiting || visitor.waiting.seen >= 600) visitor.waiting = { since: 0, seen: 0 }
    visitor.waiting.seen = 0
    assert.ok(visit.is === 'waiting', visit.is)
    assert.equal(visit.secondsLeft, visitor.waiting.since >= WATCH - 1 ? 0 : WATCH - visitor.waiting.since)
    real.state.tokens.set(mac, visit.token)
    // A kill within the same moment may forget that somebody came: from the next look on it may not.
    await look(model, real)
  })

const press = (mac: string): Step =>
  step(`press ${mac}`, async (model, real) => {
    const outcome = await real.sessions().proceed({ mac }, real.state.tokens.get(mac) ?? 'none')
    const said = outcome.ok ? 'ok' : outcome.reason === 'refused' ? outcome.refusal.why : outcome.reason
    const { waiting } = model.of(mac)
    const refused = model.refusal(mac)
    if (model.left(mac) > 0) return assert.equal(said, 'ok')
    if (refused !== undefined) return assert.equal(said, refused)
    if (!waiting || waiting.seen >= 600) return assert.equal(said, 'stale')
    if (waiting.since < WATCH - 1) return assert.equal(said, 'too-early')
    assert.equal(said, 'ok')
    model.admit(mac)
    await look(model, real)
  })

const online = (mac: string): Step =>
  step(`online ${mac}`, async (model, real) => {
    await open(mac).run(model, real)
    await pass(model, real, WATCH)
    await press(mac).run(model, real)
  })

const wait = (seconds: number): Step => step(`wait ${seconds}`, (model, real) => pass(model, real, seconds))

/** Seen at the next look only: what a restart in between must not lose. */
const move = (mac: string, up: number, down: number): Step =>
  step(`traffic ${mac} ${up} ${down}`, async (model, real) => {
    const clientId = real.gate.open.get(mac)?.clientId
    if (clientId === undefined || model.left(mac) === 0) return
    const before = real.gate.octets.get(clientId) ?? { upOctets: 0, downOctets: 0 }
    real.gate.octets.set(clientId, { upOctets: before.upOctets + up, downOctets: before.downOctets + down })
    model.of(mac).online!.unseen += up + down
  })

/** Somebody who came to stay: much of a quota is used, so that what follows acts on it. */
const busy = (mac: string, down: number): Step =>
  step(`busy ${mac} ${down}`, async (model, real) => {
    await online(mac).run(model, real)
    await move(mac, 1_000_000, down).run(model, real)
    await pass(model, real, 60)
  })

const end = (mac: string, cause: 'evicted' | 'logout'): Step =>
  step(`${cause} ${mac}`, async (model, real) => {
    const known = model.of(mac).online !== undefined
    assert.equal(await real.sessions().end(mac, cause), known)
    if (known) model.end(mac, cause)
    await look(model, real)
  })

const resume = (from: string, to: string): Step =>
  step(`resume ${from} at ${to}`, async (model, real) => {
    const code = real.sessions().look(from).resumeCode
    if (code === undefined || from === to || model.left(from) === 0) return
    const refused = model.refusal(to)
    const outcome = await real.sessions().enterCode({ mac: to }, code.toLowerCase())
    assert.equal(outcome.ok, refused === undefined, JSON.stringify(outcome))
    if (refused === undefined) model.move(from, to)
    await look(model, real)
  })

const usePolicy = (index: number): Step =>
  step(`policy ${index}`, async (model, real) => {
    real.state.rules = RULES[index]!
    await real.sessions().usePolicy(policyOf(real.state.rules))
    model.use(real.state.rules)
    await look(model, real)
  })

const jump = (seconds: number, trusted: boolean): Step =>
  step(`jump ${seconds} ${trusted}`, async (model, real) => {
    real.clock.jump(seconds)
    real.state.trusted = trusted
    Object.assign(model, { wall: model.wall + seconds, trusted })
    await look(model, real)
  })

/** Ten minutes before the city's midnight. */
const lateEvening = step('late evening', async (model, real) => {
  const secondsOfDay = (((model.wall + 7 * 3600) % 86_400) + 86_400) % 86_400
  await jump(85_800 - secondsOfDay, true).run(model, real)
})

const restartEdge = step('restart the edge', async (model, real) => {
  model.restart(false)
  await real.restart()
  await look(model, real)
})

/** It forgets who is online, yet keeps counters (gate/keeper.ts). */
const restartGate = step('restart the gate', async (model, real) => {
  await look(model, real)
  real.gate.become('failed')
  real.gate.open.clear()
  await real.sessions().poll()
  real.gate.become('enforcing')
  await look(model, real)
})

const reboot = (offSeconds: number): Step =>
  step(`reboot ${offSeconds}`, async (model, real) => {
    await look(model, real)
    real.clock.reboot(real.clock.now().at + offSeconds * 1000)
    real.gate.open.clear()
    real.gate.octets.clear()
    model.pass(offSeconds)
    model.restart(true)
    await real.restart()
    await look(model, real)
  })

const device = fc.constantFrom(...MACS)
const whole = (min: number, max: number) => fc.integer({ min, max })
const steps = [
  device.map(online),
  device.map(online),
  fc.tuple(device, whole(1, 9_000_000)).map(([mac, down]) => busy(mac, down)),
  device.map(open),
  device.map(press),
  whole(1, 900).map(wait),
  whole(1, 60).map(wait),
  fc.tuple(device, whole(0, 4_000_000), whole(1, 20_000_000)).map(([mac, up, down]) => move(mac, up, down)),
  fc.tuple(device, whole(0, 4_000_000), whole(1, 20_000_000)).map(([mac, up, down]) => move(mac, up, down)),
  fc.tuple(device, fc.constantFrom('evicted' as const, 'logout' as const)).map(([mac, cause]) => end(mac, cause)),
  fc.tuple(device, device).map(([from, to]) => resume(from, to)),
  fc.tuple(device, device).map(([from, to]) => resume(from, to)),
  whole(0, RULES.length - 1).map(usePolicy),
  fc
    .tuple(fc.oneof(fc.constantFrom(TEN_YEARS, -TEN_YEARS, 3600, -3600), whole(-TEN_YEARS, TEN_YEARS)), fc.boolean())
    .map(([s, t]) => jump(s, t)),
  fc.constant(lateEvening),
  fc.constant(restartEdge),
  fc.constant(restartGate),
  whole(0, 1200).map(reboot),
]

const SEQUENCES = Number(process.env['SEQUENCES'] ?? 300)
const shared = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

test('any sequence of visits, policies, schedules, clock jumps, restarts and reboots ends as the reference model says', async () => {
  const sequence = fc.commands(steps, { size: '+1', maxCommands: 40 })
  await fc.assert(
    fc.asyncProperty(sequence, async (commands) => {
      const stateDir = mkdtempSync(join(shared, 'model-'))
      const real = startReal(stateDir)
      try {
        await real.sessions().restore()
        await fc.asyncModelRun(() => ({ model: createModel(MACS, RULES[0]!, BEGINNING / 1000), real }), commands)
      } finally {
        real.close()
        rmSync(stateDir, { recursive: true, force: true })
      }
    }),
    { numRuns: SEQUENCES },
  )
})
