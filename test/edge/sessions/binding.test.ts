import assert from 'node:assert/strict'
import { test } from 'node:test'
import { goOnline, MAC, visitorBox } from './box.ts'

const LEASED = '10.77.0.20'
const OTHER = '10.77.0.99'

test('without leases no address is bound', async (t) => {
  const box = visitorBox(t)
  await goOnline(box, MAC, LEASED)
  assert.equal(box.gate.open.get(MAC)?.addresses, undefined)
  assert.equal(box.sessions().isOnline(MAC, OTHER), true)
})

test('a device is bound to the address it asked from and to its leases, four at most; IPv6 is never bound', async (t) => {
  const leases = [LEASED, '10.77.0.21', '10.77.0.22', '10.77.0.23', '10.77.0.24']
  const box = visitorBox(t, { addressesOf: () => leases })
  await goOnline(box, MAC, OTHER)
  assert.deepEqual(box.gate.open.get(MAC)?.addresses, [OTHER, ...leases.slice(0, 3)])
  await box.sessions().end(MAC, 'logout')
  await goOnline(box, MAC, '2001:db8::5')
  assert.deepEqual(box.gate.open.get(MAC)?.addresses, leases.slice(0, 4))
  assert.equal(box.sessions().isOnline(MAC, '2001:db8::77'), true)
})

test('an online device at an address that is not its own waits anew; having waited, its session moves there as it is', async (t) => {
  const box = visitorBox(t, { addressesOf: () => [] })
  await goOnline(box, MAC, LEASED)
  box.gate.octets.set(1, { upOctets: 10, downOctets: 20 })
  await box.sessions().poll()
  box.clock.pass(70)
  const stranger = { mac: MAC, address: OTHER }
  assert.equal(box.sessions().look(MAC, OTHER).online, false)
  assert.equal(box.sessions().look(MAC, LEASED).online, true)
  const visit = box.sessions().visit(stranger)
  assert.ok(visit.is === 'waiting' && visit.secondsLeft === 30)
  assert.deepEqual(await box.sessions().proceed(stranger, visit.token), { ok: false, reason: 'too-early', secondsLeft: 30 })
  assert.deepEqual(box.gate.open.get(MAC)?.addresses, [LEASED])
  box.clock.pass(30)
  assert.deepEqual(await box.sessions().proceed(stranger, visit.token), { ok: true })
  assert.deepEqual(box.gate.open.get(MAC)?.addresses, [OTHER])
  const { secondsLeft, downOctets } = box.sessions().look(MAC, OTHER)
  assert.deepEqual({ secondsLeft, downOctets }, { secondsLeft: 3500, downOctets: 20 })
  assert.equal(box.sessions().isOnline(MAC, LEASED), false)
  assert.equal(box.told().length, 1)
  await box.restart()
  assert.deepEqual(box.gate.open.get(MAC)?.addresses, [OTHER])
  assert.deepEqual(await box.sessions().proceed({ mac: MAC, address: LEASED }, visit.token), { ok: false, reason: 'stale' })
})

test('a new lease binds a running session to the new address, with time and counters as they were', async (t) => {
  const box = visitorBox(t, { addressesOf: () => [LEASED] })
  await goOnline(box, MAC, LEASED)
  box.clock.pass(600)
  await box.sessions().rebind(MAC, [OTHER])
  assert.deepEqual(box.gate.open.get(MAC), { mac: MAC, clientId: 1, seconds: 3000, addresses: [OTHER], rate: { upKbps: 0, downKbps: 0 } })
  assert.equal(box.sessions().look(MAC, OTHER).secondsLeft, 3000)
  await box.sessions().rebind('aa:bb:cc:00:00:09', [OTHER])
  assert.equal(box.gate.open.size, 1)
})

test('a rebinding that the gate refuses is made good at the next look', async (t) => {
  const box = visitorBox(t, { addressesOf: () => [LEASED] })
  await box.sessions().restore()
  await goOnline(box, MAC, LEASED)
  box.gate.refuse.add('admit')
  await box.sessions().rebind(MAC, [OTHER])
  box.gate.refuse.clear()
  await box.sessions().poll()
  assert.deepEqual(box.gate.open.get(MAC)?.addresses, [OTHER])
})

test('the code of one’s own session moves it to the address one is at, without a wait', async (t) => {
  const box = visitorBox(t, { addressesOf: () => [] })
  await goOnline(box, MAC, LEASED)
  const code = box.sessions().look(MAC, LEASED).resumeCode!
  assert.deepEqual(await box.sessions().enterCode({ mac: MAC, address: OTHER }, code), { ok: true, by: 'resume' })
  assert.deepEqual(box.gate.open.get(MAC)?.addresses, [OTHER])
})
