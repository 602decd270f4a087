import assert from 'node:assert/strict'
import { test } from 'node:test'
import { portalStandIn } from '#scripts/network-lab/internet.ts'
import type { Lab } from '#scripts/network-lab/lab.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { BOX_MAC, udp } from '#test/support/frames.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { probeFrom, reaches } from '#test/support/phones.ts'
import { countArrivals, sendFrames } from '#test/support/wire.ts'

/** What the gate remembers at most, and more than that. */
const STRANGERS_MAX = 1_024
const SPOOFED = 2_000

test('an admitted device that takes another IPv4 address meets the portal with it, and is noticed', async (t) => {
  const lab = await labFor(t, { phones: 1 })
  if (!lab) return
  const { gate, daemon } = await gateIn(t, lab)
  const { edge, internet, phones } = lab.addresses
  const { mac, v4, v6 } = phones[0]!
  const [second, third] = [90, 91].map((last) => v4.replace(/\d+$/, String(last))) as [string, string]
  for (const address of [second, third]) await lab.exec('phone1', ['ip', 'address', 'add', `${address}/24`, 'dev', 'eth0'])
  const passes = (from: string): Promise<boolean> =>
    reaches(lab, 'phone1', { kind: 'http', address: from.includes(':') ? internet.v6 : internet.v4, port: 8080, from })
  lab.spawn('edge', portalStandIn(8080))
  await until('the portal to answer', () => reaches(lab, 'phone1', { kind: 'http', address: edge.lan4, port: 80 }))

  await gate.admit({ mac, clientId: 1, seconds: 600, addresses: [v4] })
  assert.ok(await passes(v4))
  assert.ok(await passes(v6), 'IPv6 is bound to nothing')
  assert.deepEqual(await gate.strangers(), [])

  assert.equal(await passes(second), false)
  const [portal] = await probeFrom(lab, 'phone1', [{ kind: 'http', address: internet.v4, port: 80, from: second }])
  assert.match(portal && 'answer' in portal.reached ? portal.reached.answer : '', /hello from the portal/)
  assert.deepEqual(await gate.strangers(), [{ mac, address: second }])
  assert.ok(await passes(v4), 'its own address goes on')

  await t.test('admitted with both, it may use both', async () => {
    await gate.admit({ mac, clientId: 1, seconds: 600, addresses: [v4, second] })
    assert.ok((await passes(v4)) && (await passes(second)))
    assert.equal(await passes(third), false)
  })

  await t.test('the binding outlives a flushed ruleset and the daemon', async () => {
    await lab.exec('edge', ['nft', 'flush', 'ruleset'])
    await until('the phone to be back', () => passes(v4))
    assert.equal(await passes(third), false)
    await daemon.stop('SIGKILL')
    assert.equal(await passes(third), false)
    await lab.startGate()
    await until('the gate to enforce again', () => gate.state() === 'enforcing')
    assert.ok((await passes(v4)) && (await passes(second)))
    assert.equal(await passes(third), false)
  })

  await t.test('thousands of made-up addresses let nothing through and fill no memory', async () => {
    // A LAN as wide as that, because addresses that do not live on it are dropped before anybody is told.
    const wide = v4.replace(/\d+\.\d+$/, '0.0/16')
    assert.equal((await lab.exec('edge', ['ip', 'route', 'add', wide, 'dev', 'br-lan'])).code, 0)
    const arrivals = await countArrivals(lab, 'internet', { spoofed: 'udp dport 4000' })
    await sendFrames(lab, 'phone1', spoofed(lab, SPOOFED))
    await sendFrames(lab, 'phone1', [udp({ fromMac: mac, toMac: BOX_MAC, from: v4, to: internet.v4 }, 4_000, 4_000, Buffer.from('own'))])
    await until('its own packet outside', async () => (await arrivals.packets()).spoofed > 0)
    assert.equal((await arrivals.packets()).spoofed, 1)
    const strangers = await gate.strangers()
    assert.ok(strangers.length > 100 && strangers.length <= STRANGERS_MAX, `${strangers.length} strangers`)
  })

  await t.test('an admission without addresses binds nothing any more', async () => {
    await gate.reconcile([{ mac, clientId: 1, seconds: 600 }])
    assert.ok(await passes(third))
  })
})

function spoofed(lab: Lab, count: number): Buffer[] {
  const { internet, phones } = lab.addresses
  const prefix = phones[0]!.v4.replace(/\d+\.\d+$/, '')
  return Array.from({ length: count }, (_, i) => {
    const from = `${prefix}${1 + (i >> 8)}.${i & 255}`
    return udp({ fromMac: phones[0]!.mac, toMac: BOX_MAC, from, to: internet.v4 }, 4_000, 4_000, Buffer.from('spoofed'))
  })
}
