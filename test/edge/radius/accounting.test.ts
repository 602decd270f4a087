import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  account,
  endForRestart,
  endForSilence,
  UNKNOWN_DEVICE,
  UPDATE_EVERY_MS,
  type AcctSession,
  type Report,
  type SessionRecord,
} from '#edge/radius/accounting.ts'

const T0 = 1_800_000_000_000
const MINUTE = 60_000

const record = (status: SessionRecord['status'], minutes: number, more: Partial<SessionRecord> = {}): SessionRecord => ({
  status,
  nasKey: 'client\nap-1',
  nas: 'ap-1',
  acctSessionId: '42',
  sessionKey: 'abcdef',
  device: '0123456789abcdef',
  at: T0 + minutes * MINUTE,
  acctSessionTimeSeconds: status === 'Start' ? undefined : minutes * 60,
  inputOctets: minutes * 1000,
  outputOctets: minutes * 9000,
  acctTerminateCause: status === 'Stop' ? 'User Request' : undefined,
  account: undefined,
  group: undefined,
  source: '10.77.0.2',
  ...more,
})

/** Applies records in order, as the store does: each to the latest life. */
function play(...records: SessionRecord[]): { lives: AcctSession[]; reports: Report[]; last: AcctSession } {
  const lives = new Map<number, AcctSession>()
  const reports: Report[] = []
  for (const one of records) {
    const latest = lives.get(Math.max(...lives.keys()))
    const result = account(latest, one)
    for (const session of result.sessions) lives.set(session.generation, session)
    reports.push(...result.reports)
  }
  const all = [...lives.values()]
  return { lives: all, reports, last: all.at(-1)! }
}
const events = (reports: Report[]): string[] => reports.map(({ event }) => event)

test('Start, Interim-Update and Stop make one session with its octets, duration and cause', () => {
  const { lives, reports, last } = play(record('Start', 0), record('Interim-Update', 5), record('Stop', 12))
  assert.equal(lives.length, 1)
  assert.deepEqual(events(reports), ['start', 'update', 'stop'])
  assert.deepEqual(
    [last.startedAt, last.seconds, last.upOctets, last.downOctets, last.stoppedAt, last.cause],
    [T0, 720, 12_000, 108_000, T0 + 12 * MINUTE, 'User Request'],
  )
})

test('any order and any doubling of the records of one session ends in the same counts, with one start and a last stop that tells them', () => {
  const records = [
    record('Start', 0),
    record('Interim-Update', 5),
    record('Interim-Update', 10),
    record('Interim-Update', 15),
    record('Stop', 17),
  ]
  const everyRecord = fc.shuffledSubarray(records, { minLength: records.length })
  fc.assert(
    fc.property(everyRecord, fc.array(fc.constantFrom(...records), { maxLength: 6 }), (order, again) => {
      const { lives, reports, last } = play(...order, ...again)
      assert.equal(lives.length, 1)
      assert.deepEqual([last.startedAt, last.seconds, last.upOctets, last.downOctets, last.stoppedBy], [T0, 1020, 17_000, 153_000, 'stop'])
      assert.equal(events(reports).filter((event) => event === 'start').length, 1)
      assert.equal(events(reports)[0], 'start')
      const stop = reports.findLast(({ event }) => event === 'stop')!.session
      assert.deepEqual([stop.seconds, stop.upOctets, stop.downOctets], [1020, 17_000, 153_000])
    }),
  )
})

test('counters never go down while records arrive', () => {
  const anyRecord = fc
    .tuple(fc.constantFrom('Start', 'Interim-Update', 'Stop'), fc.nat({ max: 100 }), fc.nat(), fc.nat())
    .map(([status, minutes, inputOctets, outputOctets]) =>
      record(status as SessionRecord['status'], minutes, { inputOctets, outputOctets }),
    )
  fc.assert(
    fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 20 }), (records) => {
      let latest: AcctSession | undefined
      for (const one of records) {
        const next: AcctSession = account(latest, one).sessions.at(-1)!
        if (latest?.generation === next.generation)
          assert.ok(next.seconds >= latest.seconds && next.upOctets >= latest.upOctets && next.downOctets >= latest.downOctets)
        latest = next
      }
    }),
  )
})

test('a Stop without a Start is a session that starts and stops', () => {
  const { reports, last } = play(record('Stop', 12))
  assert.deepEqual(events(reports), ['start', 'stop'])
  assert.deepEqual([last.startedAt, last.seconds], [T0, 720])
  // And its Start, coming late, changes nothing.
  assert.deepEqual(events(play(record('Stop', 12), record('Start', 0)).reports), ['start', 'stop'])
})

test('a Stop without Acct-Session-Time still has a duration', () => {
  assert.equal(play(record('Start', 0), record('Stop', 3, { acctSessionTimeSeconds: undefined })).last.seconds, 180)
})

test('usage is told as often as the interval we ask for, not as often as an access point likes', () => {
  const perMinute = Array.from({ length: 31 }, (_, minute) => record('Interim-Update', minute + 1))
  const { reports } = play(record('Start', 0), ...perMinute)
  const updates = reports.filter(({ event }) => event === 'update')
  assert.equal(updates.length, 8)
  assert.ok(updates.every(({ session }, i) => i === 0 || session.heardAt - updates[i - 1]!.session.heardAt >= UPDATE_EVERY_MS))
})

test('a late interim with higher counts after the Stop corrects the sum and leaves the session stopped', () => {
  const { reports, last } = play(record('Start', 0), record('Stop', 5), record('Interim-Update', 5, { inputOctets: 99_999 }))
  assert.deepEqual(events(reports), ['start', 'stop', 'stop'])
  assert.deepEqual([last.upOctets, last.stoppedBy], [99_999, 'stop'])
})

test('Accounting-On ends what began before it, and not what began after', () => {
  const session = play(record('Start', 0)).last
  const ended = endForRestart(session, { status: 'Accounting-On', nasKey: session.nasKey, at: T0 + MINUTE })!
  assert.deepEqual([ended.stoppedBy, ended.cause, ended.stoppedAt], ['restart', 'NAS Reboot', T0 + MINUTE])
  assert.equal(endForRestart(session, { status: 'Accounting-On', nasKey: session.nasKey, at: T0 }), undefined)
  assert.equal(endForRestart(ended, { status: 'Accounting-On', nasKey: session.nasKey, at: T0 + 2 * MINUTE }), undefined)
})

test('after a restart the same session id is another session', () => {
  const session = play(record('Start', 0), record('Interim-Update', 5)).last
  const ended = endForRestart(session, { status: 'Accounting-On', nasKey: session.nasKey, at: T0 + 6 * MINUTE })!
  const next = account(ended, record('Start', 6))
  assert.deepEqual(events(next.reports), ['start'])
  assert.deepEqual([next.sessions[0]!.generation, next.sessions[0]!.upOctets], [1, 6000])
})

test('an interim that shows a session survived what we took for its end brings it back', () => {
  const session = play(record('Start', 0), record('Interim-Update', 5)).last
  const silent = endForSilence(session, T0 + 60 * MINUTE)!
  assert.deepEqual([silent.stoppedBy, silent.stoppedAt], ['silence', T0 + 5 * MINUTE])
  const back = account(silent, record('Interim-Update', 61))
  assert.deepEqual(events(back.reports), ['update'])
  assert.deepEqual([back.sessions[0]!.stoppedAt, back.sessions[0]!.cause, back.sessions[0]!.generation], [null, null, 0])
})

test('silence is three missed interims, or a day for an access point that sends none', () => {
  const talking = play(record('Start', 0), record('Interim-Update', 5)).last
  assert.equal(endForSilence(talking, T0 + 20 * MINUTE), undefined)
  assert.ok(endForSilence(talking, T0 + 22 * MINUTE))
  const mute = play(record('Start', 0)).last
  assert.equal(endForSilence(mute, T0 + 23 * 60 * MINUTE), undefined)
  assert.ok(endForSilence(mute, T0 + 25 * 60 * MINUTE))
})

test('a Start long after everything known of its id is another session, and ends the one left open', () => {
  const { lives, reports } = play(record('Start', 0), record('Interim-Update', 5), record('Start', 60, { inputOctets: 0, outputOctets: 0 }))
  assert.deepEqual(events(reports), ['start', 'update', 'stop', 'start'])
  assert.deepEqual(
    lives.map(({ generation, stoppedBy, upOctets }) => [generation, stoppedBy, upOctets]),
    [
      [0, 'restart', 5000],
      [1, null, 0],
    ],
  )
})

test("a box whose clock leaps forward does not take a running session's next interim for another session", () => {
  const { lives } = play(record('Start', 0), record('Interim-Update', 5), record('Interim-Update', 10, { at: T0 + 9_000_000 * MINUTE }))
  assert.equal(lives.length, 1)
})

test('a device named only later is taken over', () => {
  assert.equal(play(record('Start', 0, { device: UNKNOWN_DEVICE }), record('Stop', 5)).last.device, '0123456789abcdef')
})
