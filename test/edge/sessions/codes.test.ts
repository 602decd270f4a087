import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { findVoucher, newResumeCode, readCode } from '#edge/sessions/codes.ts'
import type { Group, Voucher } from '#edge/wire/policy.ts'
import { BEGINNING, goOnline, MAC, OTHER_MAC, policyWith, visitorBox, type VisitorBox } from './box.ts'

const FOREVER = 8_640_000_000_000_000
const THIRD_MAC = 'aa:bb:cc:00:00:03'
const base = policyWith({})
const guests: Group = { name: 'tamu', class: 'voucher', watchSeconds: 0, sessionSeconds: 14_400 }
const voucher = (change: Partial<Voucher> = {}): Voucher => {
  const id = change.id ?? 'rapat-1'
  return {
    id,
    hash: createHash('sha256').update(`${id}.MERDEKA45`).digest('base64url'),
    group: 'tamu',
    until: FOREVER,
    devices: 2,
    ...change,
  }
}
const policy = (...vouchers: Voucher[]) => ({ ...base, groups: [base.groups[0]!, guests], vouchers })

const codeOf = (box: VisitorBox, mac = MAC): string => box.sessions().look(mac).resumeCode ?? 'none'
const enter = (box: VisitorBox, code: string, mac = OTHER_MAC) => box.sessions().enterCode({ mac }, code)

test('a code is read however it is typed, and rubbish of any length is no code', () => {
  assert.equal(readCode(' abcd–2345 '), 'ABCD2345')
  assert.equal(readCode('merdeka_45'), 'MERDEKA45')
  for (const rubbish of ['', ' - ', 'ÄÖÜ', "a'; DROP", 'A'.repeat(33), 'A'.repeat(1_000_000)]) assert.equal(readCode(rubbish), undefined)
  assert.match(newResumeCode(), /^[A-HJ-NP-Z2-9]{8}$/)
})

test('a voucher is known by its own id and code only', () => {
  const vouchers = [voucher(), voucher({ id: 'rapat-2', hash: voucher().hash })]
  assert.equal(findVoucher(vouchers, 'MERDEKA45')?.id, 'rapat-1')
  assert.equal(findVoucher(vouchers, 'MERDEKA46'), undefined)
})

test('a resume code carries the rest of the time and of the data to another phone, and the first one is out', async (t) => {
  const box = visitorBox(t, { policy: policyWith({ sessionOctets: 10_000_000 }) })
  await box.sessions().restore()
  await goOnline(box)
  box.clock.pass(600)
  box.gate.octets.set(1, { upOctets: 1_000_000, downOctets: 3_000_000 })
  const code = codeOf(box)
  assert.match(code, /^[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}$/)
  assert.deepEqual(await enter(box, code.toLowerCase()), { ok: true, by: 'resume' })
  assert.deepEqual([...box.gate.open.keys()], [OTHER_MAC])
  const { secondsLeft, octetsLeft, resumeCode } = box.sessions().look(OTHER_MAC)
  assert.deepEqual({ secondsLeft, octetsLeft, resumeCode }, { secondsLeft: 3000, octetsLeft: 6_000_000, resumeCode: code })
  const stop = box.told().find(({ event }) => event === 'stop')
  assert.deepEqual([stop?.cause, stop?.seconds, stop?.downOctets], ['moved', 600, 3_000_000])
  assert.equal(box.sessions().look(MAC).endedBecause, 'moved')
  // Handing it back and forth gains nothing.
  box.clock.pass(100)
  assert.deepEqual(await enter(box, code, MAC), { ok: true, by: 'resume' })
  assert.deepEqual([...box.gate.open.keys()], [MAC])
  assert.equal(box.sessions().look(MAC).secondsLeft, 2900)
  assert.equal(box.sessions().look(MAC).octetsLeft, 6_000_000)
})

test('a session that moved survives a restart once, as one session', async (t) => {
  const box = visitorBox(t)
  await goOnline(box)
  const code = codeOf(box)
  await enter(box, code)
  await box.restart()
  assert.deepEqual([box.sessions().count(), box.sessions().isOnline(OTHER_MAC), codeOf(box, OTHER_MAC)], [1, true, code])
})

test('the day’s use goes along with a session that moves', async (t) => {
  const box = visitorBox(t, { policy: policyWith({ dailySeconds: 1000, sessionSeconds: 900 }) })
  await goOnline(box)
  box.clock.pass(800)
  await enter(box, codeOf(box))
  await box.sessions().end(OTHER_MAC, 'logout')
  await goOnline(box, OTHER_MAC)
  assert.equal(box.sessions().look(OTHER_MAC).secondsLeft, 200)
})

test('a wait that the old phone had going is worth nothing after the move', async (t) => {
  const box = visitorBox(t, { addressesOf: () => ['10.0.0.5'] })
  await goOnline(box, MAC, '10.0.0.5')
  const again = box.sessions().visit({ mac: MAC, address: '10.0.0.9' })
  assert.ok(again.is === 'waiting')
  box.clock.pass(30)
  await enter(box, codeOf(box))
  assert.deepEqual(await box.sessions().proceed({ mac: MAC }, again.token), { ok: false, reason: 'stale' })
})

test('where the gate will not move a session it stays where it was', async (t) => {
  const box = visitorBox(t)
  await box.sessions().restore()
  await goOnline(box)
  const code = codeOf(box)
  box.gate.refuse.add('admit')
  assert.deepEqual(await enter(box, code), { ok: false, reason: 'gate-failed' })
  box.gate.refuse.clear()
  await box.sessions().poll()
  assert.deepEqual([...box.gate.open.keys()], [MAC])
  assert.deepEqual(await enter(box, code), { ok: true, by: 'resume' })
})

test('two phones that swap their codes at the same moment both end with a session', async (t) => {
  const box = visitorBox(t)
  await box.sessions().restore()
  await goOnline(box)
  await goOnline(box, OTHER_MAC)
  const [mine, theirs] = [codeOf(box), codeOf(box, OTHER_MAC)]
  await Promise.all([enter(box, theirs, MAC), enter(box, mine, OTHER_MAC)])
  await box.sessions().poll()
  assert.equal(box.gate.open.size, box.sessions().count())
  assert.ok(box.sessions().count() >= 1)
})

test('a voucher lets in at once for its group’s time, on as many devices as it is good for', async (t) => {
  const box = visitorBox(t, { policy: policy(voucher()) })
  assert.deepEqual(await enter(box, 'merdeka-45', MAC), { ok: true, by: 'voucher' })
  assert.deepEqual([box.sessions().look(MAC).secondsLeft, box.sessions().look(MAC).group.name], [14_400, 'tamu'])
  await box.restart()
  assert.deepEqual(await enter(box, 'MERDEKA45', OTHER_MAC), { ok: true, by: 'voucher' })
  assert.deepEqual(await enter(box, 'MERDEKA45', THIRD_MAC), { ok: false, reason: 'used-up' })
  assert.deepEqual(await enter(box, 'MERDEKA45', MAC), { ok: true, by: 'voucher' })
  // Its group goes on without the code, until it ends.
  await box.sessions().end(MAC, 'logout')
  const visit = box.sessions().visit({ mac: MAC })
  assert.ok(visit.is === 'waiting' && visit.secondsLeft === 0)
})

test('a voucher entered during a public session begins its own time', async (t) => {
  const box = visitorBox(t, { policy: policy(voucher()) })
  await goOnline(box)
  assert.deepEqual(await enter(box, 'MERDEKA45', MAC), { ok: true, by: 'voucher' })
  assert.equal(box.sessions().look(MAC).secondsLeft, 14_400)
  assert.deepEqual(
    box.told().map(({ event, cause, group }) => [event, cause, group]),
    [
      ['start', undefined, 'public'],
      ['stop', 'policy', 'public'],
      ['start', undefined, 'tamu'],
    ],
  )
})

test('a voucher that is over says so, lets nobody in, and ends for those who held it', async (t) => {
  const box = visitorBox(t, { policy: policy(voucher({ until: BEGINNING + 600_000 })) })
  await enter(box, 'MERDEKA45', MAC)
  box.clock.pass(600)
  assert.deepEqual(await enter(box, 'MERDEKA45'), { ok: false, reason: 'expired' })
  assert.equal(box.sessions().look(MAC).group.name, 'public')
})

test('a voucher that the city takes back is forgotten with those who held it', async (t) => {
  const box = visitorBox(t, { policy: policy(voucher({ devices: 1 })) })
  await box.sessions().restore()
  await enter(box, 'MERDEKA45', MAC)
  await box.sessions().usePolicy(base)
  assert.equal(box.sessions().look(MAC).group.name, 'public')
  await box.sessions().usePolicy(policy(voucher({ devices: 1 })))
  assert.deepEqual(await enter(box, 'MERDEKA45'), { ok: true, by: 'voucher' })
})

test('a blocked device gets in by no code', async (t) => {
  const block = [{ mac: OTHER_MAC, until: FOREVER }]
  const box = visitorBox(t, { policy: { ...policy(voucher()), block } })
  await goOnline(box)
  const refused = { ok: false, reason: 'refused', refusal: { why: 'blocked', until: FOREVER } }
  assert.deepEqual(await enter(box, 'MERDEKA45'), refused)
  assert.deepEqual(await enter(box, codeOf(box)), refused)
  assert.equal(box.sessions().isOnline(MAC), true)
})

test('a device may be wrong five times in ten minutes, then even the right code must wait', async (t) => {
  const box = visitorBox(t)
  await goOnline(box)
  for (let wrong = 0; wrong < 5; wrong++) assert.deepEqual(await enter(box, `WRONG-${wrong}`), { ok: false, reason: 'unknown' })
  assert.deepEqual(await enter(box, codeOf(box)), { ok: false, reason: 'too-often' })
  assert.deepEqual(await enter(box, 'WRONG', THIRD_MAC), { ok: false, reason: 'unknown' })
  box.clock.jump(86_400)
  assert.deepEqual(await enter(box, codeOf(box)), { ok: false, reason: 'too-often' })
  box.clock.pass(600)
  assert.deepEqual(await enter(box, codeOf(box)), { ok: true, by: 'resume' })
})

test('sixty wrong codes in a minute close the box’s ear, whatever addresses they come from', async (t) => {
  const box = visitorBox(t)
  const mac = (i: number) => `aa:bb:cc:00:01:${i.toString(16).padStart(2, '0')}`
  for (let i = 0; i < 60; i++) assert.deepEqual(await enter(box, 'WRONG', mac(i)), { ok: false, reason: 'unknown' })
  assert.deepEqual(await enter(box, 'WRONG', mac(60)), { ok: false, reason: 'too-often' })
  box.clock.pass(60)
  assert.deepEqual(await enter(box, 'WRONG', mac(60)), { ok: false, reason: 'unknown' })
})
