import assert from 'node:assert/strict'
import { test } from 'node:test'
import { portalStandIn } from '#scripts/network-lab/internet.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { probeFrom, reaches } from '#test/support/phones.ts'

const TLS_PORT = 8443
const CONNECTIONS_MAX = 24

test('https to the box itself reaches the portal, to anybody else it is refused at once', async (t) => {
  const lab = await labFor(t, { phones: 2 })
  if (!lab) return
  const { gate } = await gateIn(t, lab, { portalTlsPort: TLS_PORT })
  const { edge, internet, phones } = lab.addresses
  // Plain HTTP stands in for TLS: the gate looks at ports only.
  lab.spawn('edge', portalStandIn(8080))
  lab.spawn('edge', portalStandIn(TLS_PORT))
  const secure = { kind: 'http', address: edge.lan4, port: 443 } as const
  await until('the portal to answer', () => reaches(lab, 'phone1', secure))
  assert.ok(await reaches(lab, 'phone1', { ...secure, address: edge.lan6 }))

  await t.test('to the internet and to the captive address it is refused', async () => {
    const away = [internet.v4, internet.v6, '192.0.2.1', '2001:db8::1'].map((address) => ({ kind: 'tcp', address, port: 443 }) as const)
    for (const { target, reached } of await probeFrom(lab, 'phone1', away))
      assert.deepEqual(reached, { failed: 'ECONNREFUSED' }, target.address)
    const quic = [edge.lan4, edge.lan6, internet.v4, internet.v6].map((address) => ({ kind: 'udp', address, port: 443 }) as const)
    for (const { target, reached } of await probeFrom(lab, 'phone1', quic)) assert.ok('failed' in reached, `udp to ${target.address}`)
  })

  await t.test('after the login the box answers still, and so does the internet', async () => {
    await gate.admit({ mac: phones[1]!.mac, clientId: 2, seconds: 300 })
    assert.ok(await reaches(lab, 'phone2', secure))
    assert.ok(await reaches(lab, 'phone2', { kind: 'tcp', address: internet.v4, port: 443 }))
  })

  await t.test('from the internet side both ports are shut', async () => {
    const ports = [8080, TLS_PORT, 443].flatMap((port) =>
      [edge.wan4, edge.wan6].map((address) => ({ kind: 'http', address, port }) as const),
    )
    for (const { target, reached } of await probeFrom(lab, 'internet', ports))
      assert.ok('failed' in reached, `${target.port} of ${target.address} answered`)
  })

  await t.test(`one device holds ${CONNECTIONS_MAX} connections in all, http and https together`, async () => {
    const { stdout } = await lab.exec('phone1', [process.execPath, '--input-type=module', '-e', HOLD, edge.lan4])
    const held = JSON.parse(stdout) as { 80: number; 443: number }
    // What earlier probes left is counted until the kernel forgets it, so it may be fewer.
    assert.ok(held[80] + held[443] <= CONNECTIONS_MAX && held[80] > 0, JSON.stringify(held))
    assert.ok(await reaches(lab, 'phone2', secure), 'the neighbour is not kept out')
  })
})

/** Forty connections, to either port in turn, all held; how many of each were let in. */
const HOLD = `
import { connect } from 'node:net'
const held = { 80: 0, 443: 0 }
const open = (port) => new Promise((resolve) => {
  const socket = connect(port, process.argv[1])
  socket.on('connect', () => { held[port] += 1; resolve() })
  socket.on('error', () => resolve())
})
for (let i = 0; i < 40; i += 1) await open(i % 2 === 0 ? 80 : 443)
console.log(JSON.stringify(held))
process.exit()
`
