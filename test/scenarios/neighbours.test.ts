import assert from 'node:assert/strict'
import { test } from 'node:test'
import { portalStandIn } from '#scripts/network-lab/internet.ts'
import type { Lab } from '#scripts/network-lab/lab.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { arpRequest, BOX_MAC, BROADCAST, DHCP, dhcp, icmp, routerAdvertisement, tcpSyn, udp } from '#test/support/frames.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { probeFrom, reaches } from '#test/support/phones.ts'
import { countArrivals, sendFrames } from '#test/support/wire.ts'

const EACH = 50
/** Nobody's on this LAN, so that whatever carries it came from the rogue. */
const ROGUE = { v4: '10.66.6.6', v6: 'fe80::66:6' }

const ROGUE_MATCHES = { dhcp: 'udp sport 67 ip saddr 10.66.6.6', advertisement: 'icmpv6 type nd-router-advert ip6 saddr fe80::66:6' }

/** Private addresses somewhere beyond the box, such as the city's own network. */
const UPSTREAM_PRIVATE = ['10.99.0.1', '172.20.9.9', '192.168.99.1', '100.64.9.9', 'fd99::1']

test('a rogue DHCP server or router at one phone is not heard by another, whether or not the ports are isolated', async (t) => {
  const lab = await labFor(t, { phones: 2, addressing: 'dhcp' })
  if (!lab) return
  const { edge, phones } = lab.addresses
  for (const phone of ['phone1', 'phone2'] as const) await lab.exec(phone, ['ip', 'link', 'set', 'eth0', 'up'])
  const heard = await countArrivals(lab, 'phone2', ROGUE_MATCHES)
  const frames = rogueFrames(phones[0]!.mac, phones[1]!.mac)

  await t.test('on a bare bridge it is heard, so these packets are what they should be', async () => {
    await isolate(lab, false)
    assert.equal(await sendFrames(lab, 'phone1', frames), frames.length)
    await until('the rogue to be heard', async () => Object.values(await heard.packets()).every((count) => count === EACH))
  })

  // It believed what it heard; a phone that leaves the network forgets it.
  for (const state of ['down', 'up']) await lab.exec('phone2', ['ip', 'link', 'set', 'eth0', state])
  assert.deepEqual(await lab.addressesNow(2), [])
  const before = await heard.packets()
  await gateIn(t, lab, {}, { announceV6: true })
  for (const isolated of [false, true]) {
    await t.test(`with the gate and ${isolated ? '' : 'no '}isolated ports: 0 of ${EACH} each`, async () => {
      await isolate(lab, isolated)
      assert.equal(await sendFrames(lab, 'phone1', frames), frames.length)
      assert.deepEqual(await heard.packets(), before)
    })
  }

  await t.test('a phone that arrives while the rogue shouts gets its address, router and names from the box', async () => {
    await isolate(lab, false)
    const shouting = sendFrames(lab, 'phone1', Array.from({ length: 10 }, () => frames).flat(), 500)
    const { lease, stop } = await lab.plugIn(2)
    t.after(stop)
    assert.equal(lease()?.router, edge.lan4)
    assert.equal(lease()?.dns, edge.lan4)
    await until('an IPv6 address', async () => (await lab.addressesNow(2)).some(({ address }) => address.includes(':')))
    await shouting
    assert.ok((await lab.addressesNow(2)).every(({ address }) => !address.startsWith('2001:db8:bad:')))
    const { stdout } = await lab.exec('phone2', ['ip', '-6', 'route', 'show', 'default'])
    assert.doesNotMatch(stdout, /66:6/)
    assert.deepEqual(await heard.packets(), before)
  })
})

test('an admitted phone reaches neither its neighbour nor the box’s other ports nor private networks beyond it', async (t) => {
  const lab = await labFor(t, { phones: 2 })
  if (!lab) return
  const { gate } = await gateIn(t, lab)
  const { edge, host, internet, phones } = lab.addresses
  const [one, two] = phones as [(typeof phones)[0], (typeof phones)[0]]
  await gate.admit({ mac: one.mac, clientId: 1, seconds: 300 })
  await gate.admit({ mac: two.mac, clientId: 2, seconds: 300 })
  await isolate(lab, false)

  await t.test('ARP, mDNS, TCP, UDP and echo requests to the neighbour: none arrives, straight or by way of the box', async () => {
    lab.spawn('phone2', portalStandIn(8080))
    await until('the neighbour to listen', () => reaches(lab, 'phone2', { kind: 'http', address: two.v4, port: 8080 }))
    const arrivals = await countArrivals(lab, 'phone2', {
      frames: `ether saddr ${one.mac}`,
      four: `ip saddr ${one.v4}`,
      six: `ip6 saddr ${one.v6}`,
    })
    for (const toMac of [two.mac, BOX_MAC, BROADCAST]) await sendFrames(lab, 'phone1', neighbourFrames(one, two, toMac))
    for (const address of [two.v4, two.v6]) assert.ok(!(await reaches(lab, 'phone1', { kind: 'http', address, port: 8080 })), address)
    assert.deepEqual(await arrivals.packets(), { frames: 0, four: 0, six: 0 })
  })

  await t.test('the box’s other ports, at every one of its addresses, and the machine behind it', async () => {
    for (const [port, datagrams] of [
      [22, 9_022],
      [9_000, 9_001],
    ] as const)
      lab.spawn('edge', [...portalStandIn(port), '--udp', String(datagrams)])
    await until('the services to listen', async () => (await lab.exec('edge', ['ss', '-Hltn', 'sport', '=', ':9000'])).stdout !== '')
    assert.ok(await reaches(lab, 'edge', { kind: 'http', address: edge.lan4, port: 9_000 }), 'it does answer on the box itself')
    const admin = [edge.lan4, edge.lan6, edge.wan4, edge.wan6, edge.management].flatMap((address) => [
      { kind: 'http', address, port: 22 } as const,
      { kind: 'http', address, port: 9_000 } as const,
      { kind: 'udp', address, port: 9_001 } as const,
    ])
    const behind = [{ kind: 'icmp', address: host.management } as const, { kind: 'tcp', address: host.management, port: 22 } as const]
    for (const { target, reached } of await probeFrom(lab, 'phone1', [...admin, ...behind]))
      assert.ok('failed' in reached, `${target.kind}/${target.port ?? ''} of ${target.address} answered`)
  })

  await t.test('private networks beyond the box: not one packet goes there', async () => {
    for (const address of UPSTREAM_PRIVATE)
      await lab.exec('internet', ['ip', 'address', 'add', address, 'dev', 'lo', ...(address.includes(':') ? ['nodad'] : [])])
    const arrivals = await countArrivals(lab, 'internet', {
      four: `ip daddr { ${UPSTREAM_PRIVATE.filter((address) => !address.includes(':')).join(', ')} }`,
      six: 'ip6 daddr fd99::1',
    })
    const targets = UPSTREAM_PRIVATE.map((address) => ({ kind: 'http', address, port: 80 }) as const)
    for (const { target, reached } of await probeFrom(lab, 'phone1', targets))
      assert.deepEqual(reached, { failed: 'ECONNREFUSED' }, target.address)
    assert.deepEqual(await arrivals.packets(), { four: 0, six: 0 })
    for (const { target, reached } of await probeFrom(lab, 'edge', targets))
      assert.ok('answer' in reached, `the box itself finds ${target.address}: ${JSON.stringify(reached)}`)
    assert.ok(await reaches(lab, 'phone1', { kind: 'http', address: internet.v4, port: 80 }), 'and the phone the internet')
  })
})

function rogueFrames(fromMac: string, victim: string): Buffer[] {
  const server = { fromMac, toMac: BROADCAST, from: ROGUE.v4, to: '255.255.255.255' }
  const offer = (transaction: number): Buffer => dhcp(server, { type: DHCP.offer, client: victim, transaction, requested: '10.66.6.7' })
  return Array.from({ length: EACH }, (_, i) => [offer(i), routerAdvertisement(fromMac, ROGUE.v6)]).flat()
}

type Phone = { mac: string; v4: string; v6: string }

function neighbourFrames(one: Phone, two: Phone, toMac: string): Buffer[] {
  const four = { fromMac: one.mac, toMac, from: one.v4, to: two.v4 }
  const six = { ...four, from: one.v6, to: two.v6 }
  const kinds = [four, six].flatMap((route) => [
    tcpSyn(route, 40_000, 8080),
    udp(route, 40_000, 5353, Buffer.from('are you there?')),
    icmp(route, route === six ? 128 : 8, Buffer.alloc(60)),
  ])
  const multicast = [
    udp({ ...four, toMac: '01:00:5e:00:00:fb', to: '224.0.0.251' }, 5353, 5353, Buffer.alloc(40)),
    udp({ ...six, toMac: '33:33:00:00:00:fb', to: 'ff02::fb' }, 5353, 5353, Buffer.alloc(40)),
    arpRequest(four),
  ]
  return Array.from({ length: EACH }, () => [...kinds, ...multicast]).flat()
}

async function isolate(lab: Lab, on: boolean): Promise<void> {
  for (const port of ['port1', 'port2']) {
    const { code, stderr } = await lab.exec('edge', ['ip', 'link', 'set', port, 'type', 'bridge_slave', 'isolated', on ? 'on' : 'off'])
    assert.equal(code, 0, stderr)
  }
}
