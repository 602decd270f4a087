import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Group, Schedule } from '#edge/wire/policy.ts'
import { BEGINNING, goOnline, MAC, OTHER_MAC, policyWith, pseudonym, testClock, visitorBox, type VisitorBox } from './box.ts'
import { memoryGate } from './memory-gate.ts'

const FOREVER = 8_640_000_000_000_000
const staff: Group = { name: 'staff', class: 'staff', watchSeconds: 0, sessionSeconds: 28_800, rate: { upKbps: 9000, downKbps: 9000 } }
const machines: Group = { name: 'mesin', class: 'device', watchSeconds: 0, sessionSeconds: 3600 }
const base = policyWith({})
const groups = (rules: Partial<Group>, ...more: Group[]): Group[] => [{ ...base.groups[0]!, ...rules }, ...more]

const lastStop = (box: VisitorBox) => {
  const stop = box.told().at(-1)
  return stop && [stop.event, stop.cause]
}

/** As the heartbeat does while time goes by. */
async function pass(box: VisitorBox, seconds: number): Promise<void> {
  for (let rest = seconds; rest > 0; rest -= 15) {
    box.clock.pass(Math.min(15, rest))
    await box.sessions().poll()
  }
}

function download(box: VisitorBox, octets: number, mac = MAC): void {
  const clientId = box.gate.open.get(mac)!.clientId
  const before = box.gate.octets.get(clientId) ?? { upOctets: 0, downOctets: 0 }
  box.gate.octets.set(clientId, { ...before, downOctets: before.downOctets + octets })
}

function boxOf(t: Parameters<typeof visitorBox>[0], policy = base) {
  const clock = testClock()
  return visitorBox(t, { clock, gate: memoryGate('enforcing', clock.now), policy })
}

test('a member of a group without a wait is in at the first press, for the group’s time and at its speed', async (t) => {
  const box = boxOf(t, { ...base, groups: groups({}, staff), members: [{ mac: MAC, group: 'staff', until: FOREVER }] })
  const visit = box.sessions().visit({ mac: MAC })
  assert.ok(visit.is === 'waiting')
  assert.deepEqual([visit.secondsLeft, visit.sessionSeconds], [0, 28_800])
  assert.deepEqual(await box.sessions().proceed({ mac: MAC }, visit.token), { ok: true })
  assert.deepEqual(box.gate.open.get(MAC), { mac: MAC, clientId: 1, seconds: 28_800, rate: staff.rate })
  const { group, rate, slowed } = box.sessions().look(MAC)
  assert.deepEqual({ group, rate, slowed }, { group: { name: 'staff', class: 'staff' }, rate: staff.rate, slowed: false })
  assert.equal(box.told()[0]?.group, 'staff')
})

test('a membership that has run out leaves the public’s rules', async (t) => {
  const box = boxOf(t, { ...base, groups: groups({}, staff), members: [{ mac: MAC, group: 'staff', until: BEGINNING }] })
  assert.equal(box.sessions().look(MAC).group.name, 'public')
})

test('a session whose counters stand still ends as idle; one octet either way keeps it', async (t) => {
  const box = boxOf(t, policyWith({ idleSeconds: 300 }))
  await box.sessions().restore()
  await goOnline(box)
  await goOnline(box, OTHER_MAC)
  for (let round = 0; round < 3; round++) {
    await pass(box, 255)
    download(box, 1)
    await box.sessions().poll()
  }
  assert.deepEqual([box.sessions().isOnline(MAC), box.sessions().isOnline(OTHER_MAC)], [true, false])
  assert.equal(lastStop(box)?.[1], 'idle')
  assert.equal(box.sessions().look(OTHER_MAC).endedBecause, 'idle')
})

test('nobody is idle while the counters cannot be read, nor where there is no firewall', async (t) => {
  const box = boxOf(t, policyWith({ idleSeconds: 60 }))
  await box.sessions().restore()
  await goOnline(box)
  box.gate.refuse.add('counters')
  await pass(box, 300)
  box.gate.refuse.clear()
  download(box, 5)
  await box.sessions().poll()
  assert.equal(box.sessions().isOnline(MAC), true)
  box.gate.become('no-firewall')
  await pass(box, 300)
  assert.equal(box.sessions().isOnline(MAC), true)
})

test('a session ends with its quota, and a new one may begin; with the day’s quota none may until midnight', async (t) => {
  const box = boxOf(t, policyWith({ sessionOctets: 10_000_000, dailyOctets: 15_000_000 }))
  await goOnline(box)
  download(box, 9_000_000)
  await box.sessions().poll()
  assert.equal(box.sessions().look(MAC).octetsLeft, 1_000_000)
  download(box, 1_000_000)
  await box.sessions().poll()
  assert.deepEqual(lastStop(box), ['stop', 'quota'])
  await goOnline(box)
  assert.equal(box.sessions().look(MAC).octetsLeft, 5_000_000)
  download(box, 5_000_000)
  await box.sessions().poll()
  const midnight = Date.UTC(2026, 10, 22, 17)
  assert.deepEqual(box.sessions().visit({ mac: MAC }), { is: 'refused', refusal: { why: 'daily-data', until: midnight } })
  assert.deepEqual(await box.sessions().proceed({ mac: MAC }, 'x'), {
    ok: false,
    reason: 'refused',
    refusal: { why: 'daily-data', until: midnight },
  })
  await pass(box, 9 * 3600)
  assert.equal(box.sessions().visit({ mac: MAC }).is, 'waiting')
})

test('the day’s time is one over all sessions, the kernel’s timer knows it, and it survives a restart', async (t) => {
  const box = boxOf(t, policyWith({ dailySeconds: 1800 }))
  await box.sessions().restore()
  await goOnline(box)
  await pass(box, 1000)
  await box.sessions().end(MAC, 'logout')
  await box.restart()
  await goOnline(box)
  assert.equal(box.gate.open.get(MAC)?.seconds, 800)
  assert.equal(box.sessions().look(MAC).secondsLeft, 800)
  await pass(box, 800)
  assert.deepEqual(lastStop(box), ['stop', 'daily-time'])
  const visit = box.sessions().visit({ mac: MAC })
  assert.ok(visit.is === 'refused' && visit.refusal.why === 'daily-time')
})

test('at midnight a new day begins for those who are online, and the kernel’s timer is prolonged', async (t) => {
  const box = boxOf(t, policyWith({ dailySeconds: 3000, sessionSeconds: 7200 }))
  await box.sessions().restore()
  await pass(box, 8 * 3600 + 1800)
  await goOnline(box)
  await pass(box, 1770)
  assert.equal(box.sessions().look(MAC).secondsLeft, 3000)
  await pass(box, 2900)
  assert.equal(box.sessions().isOnline(MAC), true)
  assert.ok(box.gate.open.has(MAC))
})

test('a day over a reboot is a new day', async (t) => {
  const box = boxOf(t, policyWith({ dailySeconds: 3000, sessionSeconds: 86_400 }))
  await box.sessions().restore()
  await pass(box, 8 * 3600)
  await goOnline(box)
  await pass(box, 2900)
  box.clock.reboot(box.clock.now().at + 1800 * 1000)
  await box.restart()
  assert.equal(box.sessions().look(MAC).secondsLeft, 3000)
})

test('a box that does not know the time stays in its day for 24 hours and no longer', async (t) => {
  let trusted = true
  const clock = testClock()
  const box = visitorBox(t, {
    clock,
    gate: memoryGate('enforcing', clock.now),
    policy: policyWith({ dailyOctets: 1_000_000 }),
    clockTrusted: () => trusted,
  })
  await box.sessions().restore()
  await goOnline(box)
  download(box, 1_000_000)
  await box.sessions().poll()
  trusted = false
  box.clock.reboot(0)
  await box.restart()
  assert.equal(box.sessions().visit({ mac: MAC }).is, 'refused')
  await pass(box, 86_000)
  assert.equal(box.sessions().visit({ mac: MAC }).is, 'refused')
  await pass(box, 400)
  assert.equal(box.sessions().visit({ mac: MAC }).is, 'waiting')
})

test('fair use slows a device down at the gate and lifts it on the new day', async (t) => {
  const slow = { upKbps: 256, downKbps: 512 }
  const box = boxOf(t, policyWith({ sessionSeconds: 86_400, fairUse: { afterOctets: 2_000_000, rate: slow } }))
  await box.sessions().restore()
  await goOnline(box)
  download(box, 2_000_000)
  await box.sessions().poll()
  assert.deepEqual(box.gate.limits.get(1), slow)
  const { rate, slowed } = box.sessions().look(MAC)
  assert.deepEqual({ rate, slowed }, { rate: slow, slowed: true })
  await box.restart()
  assert.deepEqual(box.gate.limits.get(1), slow)
  await pass(box, 9 * 3600 + 15)
  assert.deepEqual(box.gate.limits.get(1), { upKbps: 0, downKbps: 0 })
  assert.equal(box.sessions().look(MAC).slowed, false)
})

/** 15:00 in the city when the tests begin. */
const shutAt = (from: string, to: string, change: Partial<Schedule> = {}): Schedule => ({
  id: 'tutup',
  groups: ['public'],
  days: [1, 2, 3, 4, 5, 6, 7],
  from,
  to,
  endsOn: '2027-12-31',
  effect: { close: true },
  note: 'Jam belajar',
  ...change,
})

test('closing time ends sessions, the kernel’s timer knows it, and the page is told when it opens', async (t) => {
  const box = boxOf(t, policyWith({}, { schedules: [shutAt('15:10', '16:00')] }))
  await box.sessions().restore()
  await goOnline(box)
  assert.equal(box.gate.open.get(MAC)?.seconds, 570)
  assert.equal(box.sessions().look(MAC).secondsLeft, 570)
  await pass(box, 570)
  assert.deepEqual(lastStop(box), ['stop', 'closed'])
  const refusal = { why: 'closed', until: BEGINNING + 3600 * 1000, note: 'Jam belajar' }
  assert.deepEqual(box.sessions().visit({ mac: MAC }), { is: 'refused', refusal })
  await pass(box, 3000)
  assert.equal(box.sessions().visit({ mac: MAC }).is, 'waiting')
})

test('a box that does not know the time lets schedules rest, and nothing on a list runs out', async (t) => {
  const policy = {
    ...base,
    groups: groups({}, staff),
    members: [{ mac: MAC, group: 'staff', until: 1 }],
    schedules: [shutAt('00:00', '00:00')],
  }
  const clock = testClock()
  let trusted = false
  const box = visitorBox(t, { clock, gate: memoryGate('enforcing', clock.now), policy, clockTrusted: () => trusted })
  await box.sessions().restore()
  assert.equal(box.sessions().look(MAC).group.name, 'staff')
  await goOnline(box)
  trusted = true
  await box.sessions().poll()
  assert.deepEqual(lastStop(box), ['stop', 'closed'])
})

test('lent rules act on a running session and are given back', async (t) => {
  const slow: Group = { name: 'ujian', class: 'public', watchSeconds: 10, sessionSeconds: 3600, rate: { upKbps: 100, downKbps: 200 } }
  const policy = { ...base, groups: groups({}, slow), schedules: [shutAt('15:10', '15:20', { effect: { use: 'ujian' } })] }
  const box = boxOf(t, policy)
  await box.sessions().restore()
  await goOnline(box)
  await pass(box, 600)
  assert.deepEqual(box.gate.limits.get(1), slow.rate)
  assert.deepEqual([box.sessions().look(MAC).slowed, box.sessions().look(MAC).group.name], [true, 'public'])
  const visit = box.sessions().visit({ mac: OTHER_MAC })
  assert.ok(visit.is === 'waiting' && visit.secondsLeft === 10)
  await pass(box, 600)
  assert.deepEqual(box.gate.limits.get(1), { upKbps: 0, downKbps: 0 })
})

test('a new policy acts at once: shorter times, other speeds, and the same again changes nothing', async (t) => {
  const box = boxOf(t)
  await box.sessions().restore()
  await goOnline(box)
  await goOnline(box, OTHER_MAC)
  await pass(box, 600)
  const shorter = policyWith({ sessionSeconds: 900, rate: { upKbps: 100, downKbps: 1000 } })
  await box.sessions().usePolicy(shorter)
  assert.equal(box.sessions().look(MAC).secondsLeft, 270)
  assert.equal(box.gate.open.get(MAC)?.seconds, 270)
  assert.deepEqual(box.gate.limits.get(1), { upKbps: 100, downKbps: 1000 })
  const asked = { ...box.gate.asked }
  await box.sessions().usePolicy(shorter)
  assert.deepEqual({ ...box.gate.asked, counters: 0 }, { ...asked, counters: 0 })
  await box.sessions().usePolicy(policyWith({ sessionSeconds: 7200 }))
  assert.equal(box.sessions().look(MAC).secondsLeft, 270)
  await box.sessions().usePolicy(policyWith({ sessionSeconds: 600 }))
  assert.deepEqual([box.sessions().count(), lastStop(box)], [0, ['stop', 'policy']])
})

test('a session whose group vanishes goes on by the public’s rules', async (t) => {
  const box = boxOf(t, { ...base, groups: groups({}, staff), members: [{ mac: MAC, group: 'staff', until: FOREVER }] })
  await box.sessions().restore()
  await goOnline(box)
  await box.sessions().usePolicy(base)
  assert.deepEqual([box.sessions().look(MAC).group.name, box.sessions().look(MAC).secondsLeft], ['public', 3600])
  assert.deepEqual(box.gate.limits.get(1), { upKbps: 0, downKbps: 0 })
})

test('a device on the bypass list passes without the portal, is renewed without a gap, and ends with its entry', async (t) => {
  const policy = { ...base, groups: groups({}, machines), bypass: [{ mac: MAC, group: 'mesin', until: BEGINNING + 3 * 86_400_000 }] }
  const box = boxOf(t, policy)
  await box.sessions().restore()
  assert.equal(box.sessions().isOnline(MAC), true)
  for (let hour = 0; hour < 70; hour++) {
    box.clock.pass(3600)
    assert.ok(box.gate.open.has(MAC), `hour ${hour}`)
    await box.sessions().poll()
  }
  assert.equal(box.told().length, 1)
  await pass(box, 2 * 3600)
  assert.equal(box.gate.open.has(MAC), false)
  const [start, stop] = box.told()
  assert.match(start!.id, /^b-/)
  assert.deepEqual([start?.source, start?.group, stop?.cause], ['bypass', 'mesin', 'expired'])
})

test('a bypass taken off the list ends at once, one that is blocked never begins', async (t) => {
  const bypass = [MAC, OTHER_MAC].map((mac) => ({ mac, group: 'mesin', until: FOREVER }))
  const policy = { ...base, groups: groups({}, machines), bypass, block: [{ mac: OTHER_MAC, until: FOREVER }] }
  const box = boxOf(t, policy)
  await box.sessions().restore()
  assert.deepEqual([...box.gate.open.keys()], [MAC])
  await box.sessions().usePolicy({ ...policy, bypass: [] })
  assert.deepEqual([box.gate.open.size, lastStop(box)], [0, ['stop', 'policy']])
})

test('a blocked device loses its session, the gate is told for how long, and the page says why', async (t) => {
  const box = boxOf(t)
  await box.sessions().restore()
  await goOnline(box)
  const until = BEGINNING + 86_400_000
  await box.sessions().usePolicy({ ...base, block: [{ mac: MAC, until, note: 'Menyerang tetangga' }] })
  assert.deepEqual([...box.gate.blocked], [[MAC, 86_370]])
  assert.deepEqual(lastStop(box), ['stop', 'blocked'])
  const refusal = { why: 'blocked', until, note: 'Menyerang tetangga' }
  assert.deepEqual(box.sessions().visit({ mac: MAC }), { is: 'refused', refusal })
  await box.sessions().usePolicy(base)
  assert.equal(box.gate.blocked.size, 0)
  assert.equal(box.sessions().visit({ mac: MAC }).is, 'waiting')
})

test('a block by pseudonym reaches the gate as soon as the device shows itself, and ends by itself', async (t) => {
  const until = BEGINNING + 3600 * 1000
  const box = boxOf(t, { ...base, block: [{ device: pseudonym(MAC), until }] })
  await box.sessions().restore()
  assert.equal(box.gate.blocked.size, 0)
  assert.equal(box.sessions().visit({ mac: MAC }).is, 'refused')
  await box.sessions().poll()
  assert.deepEqual([...box.gate.blocked], [[MAC, 3600]])
  await pass(box, 3600)
  assert.equal(box.gate.blocked.size, 0)
  assert.equal(box.sessions().visit({ mac: MAC }).is, 'waiting')
})

test('a gate that comes back is told again who stays shut', async (t) => {
  const box = boxOf(t, { ...base, block: [{ mac: MAC, until: FOREVER }] })
  await box.sessions().restore()
  box.gate.blocked.clear()
  box.gate.become('failed')
  await box.sessions().poll()
  box.gate.become('enforcing')
  await box.sessions().poll()
  assert.deepEqual([...box.gate.blocked.keys()], [MAC])
})

test('a session that the gate will not end is still shown as running, and ended at the next look', async (t) => {
  const box = boxOf(t)
  await box.sessions().restore()
  await goOnline(box)
  box.gate.refuse.add('evict')
  await box.sessions().usePolicy({ ...base, block: [{ mac: MAC, until: FOREVER }] })
  assert.deepEqual([box.sessions().count(), box.told().length], [1, 1])
  box.gate.refuse.clear()
  await box.sessions().poll()
  assert.deepEqual([box.sessions().count(), lastStop(box)], [0, ['stop', 'blocked']])
})

test('closing time that the gate does not carry out opens nothing again', async (t) => {
  const box = boxOf(t, policyWith({}, { schedules: [shutAt('15:10', '16:00')] }))
  await box.sessions().restore()
  await goOnline(box)
  box.gate.refuse.add('evict')
  const { admit } = box.gate.asked
  await pass(box, 600)
  assert.equal(box.gate.asked.admit, admit)
  assert.equal(box.gate.open.size, 0)
  box.gate.refuse.clear()
  await box.sessions().poll()
  assert.deepEqual(lastStop(box), ['stop', 'closed'])
})

test('an access policy without its public group is refused, and the old one stays', async (t) => {
  const box = boxOf(t)
  await assert.rejects(box.sessions().usePolicy({ ...base, publicGroup: 'nobody' }), /no group "nobody"/)
  assert.equal(box.sessions().visit({ mac: MAC }).is, 'waiting')
})
