import assert from 'node:assert/strict'
import { test } from 'node:test'
import { portalStandIn } from '#scripts/network-lab/internet.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { probeFrom, reaches, waysOut } from '#test/support/phones.ts'

test('before the login a visitor reaches the portal and nothing else, over IPv4 and IPv6', async (t) => {
  const lab = await labFor(t, { phones: 2 })
  if (!lab) return
  const { gate } = await gateIn(t, lab, { openPorts: ['udp:1812'] })
  const { internet, edge, phones, host } = lab.addresses
  lab.spawn('edge', portalStandIn(8080))
  await until('the portal to answer', () => reaches(lab, 'phone1', { kind: 'http', address: edge.lan4, port: 80 }))

  await t.test('web requests land on the portal, everything else is refused', async () => {
    for (const { target, reached } of await probeFrom(lab, 'phone1', waysOut(lab))) {
      const what = `${target.kind}/${target.port ?? ''} to ${target.address}`
      if (target.port === 80) assert.match('answer' in reached ? reached.answer : '', /hello from the portal/, what)
      else assert.ok('failed' in reached, `${what} got through: ${JSON.stringify(reached)}`)
      // Refused, not swallowed: a phone that waits for a time-out shows its owner nothing.
      if (target.kind === 'tcp') assert.deepEqual(reached, { failed: 'ECONNREFUSED' }, what)
    }
  })

  await t.test('on the box itself only the portal answers', async () => {
    lab.spawn('edge', [...portalStandIn(9_000), '--udp', '9001'])
    await until('the other service to listen', async () => (await lab.exec('edge', ['ss', '-Hltn', 'sport', '=', ':9000'])).stdout !== '')
    const box = [edge.lan4, edge.lan6, edge.wan4, edge.wan6, edge.management].flatMap((address) => [
      { kind: 'http', address, port: 9_000 } as const,
      { kind: 'udp', address, port: 9_001 } as const,
    ])
    for (const { target, reached } of await probeFrom(lab, 'phone1', box))
      assert.ok('failed' in reached, `${target.kind}/${target.port} of ${target.address} answered`)
    const welcome = [edge.lan4, edge.lan6].map((address) => ({ kind: 'http', address, port: 80 }) as const)
    for (const { target, reached } of await probeFrom(lab, 'phone1', welcome))
      assert.ok('answer' in reached, `no portal at ${target.address}`)
    assert.ok(await reaches(lab, 'phone1', { kind: 'icmp', address: edge.lan4 }), 'the gateway answers an echo request')
    assert.ok(await reaches(lab, 'phone1', { kind: 'icmp', address: edge.lan6 }))
  })

  await t.test('a port that was opened on purpose is open', async () => {
    lab.spawn('edge', [...portalStandIn(9_100), '--udp', '1812'])
    const radius = { kind: 'udp', address: edge.lan4, port: 1812 } as const
    await until('the opened port to answer', () => reaches(lab, 'phone1', radius))
    assert.ok(await reaches(lab, 'phone1', { ...radius, address: edge.lan6 }))
  })

  await t.test('neither the neighbour nor the machine behind the box can be reached, admitted or not', async () => {
    await gate.admit({ mac: phones[0]!.mac, clientId: 1, seconds: 300 })
    lab.spawn('phone2', portalStandIn(8080))
    await until('phone 2 to listen', () => reaches(lab, 'phone2', { kind: 'http', address: phones[1]!.v4, port: 8080 }))
    const near = [
      { kind: 'http', address: phones[1]!.v4, port: 8080 },
      { kind: 'http', address: phones[1]!.v6, port: 8080 },
      { kind: 'icmp', address: phones[1]!.v4 },
      { kind: 'icmp', address: host.management },
    ] as const
    for (const { target, reached } of await probeFrom(lab, 'phone1', [...near]))
      assert.ok('failed' in reached, `${target.kind} to ${target.address} got through`)
    await gate.evict(phones[0]!.mac)
  })

  await t.test('and the same probes do get through once the gate is open, so the room was not empty', async () => {
    await gate.admit({ mac: phones[0]!.mac, clientId: 1, seconds: 300 })
    for (const { target, reached } of await probeFrom(lab, 'phone1', waysOut(lab))) {
      assert.ok('answer' in reached, `${target.kind}/${target.port ?? ''} to ${target.address} failed: ${JSON.stringify(reached)}`)
      assert.doesNotMatch(reached.answer, /portal/)
    }
    assert.ok(await reaches(lab, 'phone1', { kind: 'http', address: edge.lan4, port: 80 }), 'the portal stays reachable after the login')
    const abused = [23, 25, 139, 445].map((port) => ({ kind: 'tcp', address: internet.v4, port }) as const)
    for (const { target, reached } of await probeFrom(lab, 'phone1', abused))
      assert.deepEqual(reached, { failed: 'ECONNREFUSED' }, `port ${target.port}`)
  })
})
