import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Lab } from '#scripts/network-lab/lab.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { BOX_MAC, icmp, tcpSyn, udp, type Route } from '#test/support/frames.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { fragments, padded, PORTLESS, portless, sourceRouted, steered } from '#test/support/odd-frames.ts'
import { reaches } from '#test/support/phones.ts'
import { countArrivals, sendFrames, type Counted } from '#test/support/wire.ts'

/** Each trick has a port of its own, to know it again outside. */
const PORT = { fragments: 4_001, sourceRouted: 4_002, padded: 4_003, steered: 4_004, madeUp: 4_005, straight: 4_006, near: 4_007 }

/** Everything outside but neighbour discovery, which the box does for itself. */
const ANYTHING = {
  four: 'meta protocol ip',
  six: 'meta protocol ip6 meta l4proto != icmpv6',
  echoes: 'icmpv6 type { echo-request, echo-reply }',
  errors: 'icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem }',
}

/** Words of nft are no names of its counters. */
const nameOf = (protocol: number) => `proto${protocol}` as const
const protocols = Object.values(PORTLESS)
const known = Object.fromEntries(protocols.map((protocol) => [nameOf(protocol), `meta l4proto ${protocol}`]))

test('no odd packet slips out: not before the login, not with half of the gate taken away, and after it only what may', async (t) => {
  const lab = await labFor(t, { phones: 1 })
  if (!lab) return
  const { gate, daemon } = await gateIn(t, lab)
  const { mac } = lab.addresses.phones[0]!
  const { honest, dishonest } = oddFrames(lab)
  const frames = [...honest, ...dishonest]
  const outside = await countArrivals<string>(lab, 'internet', {
    ...ANYTHING,
    ...known,
    fragments: `udp dport ${PORT.fragments}`,
    padded: `udp dport ${PORT.padded}`,
    straight: `udp dport ${PORT.straight}`,
    routed: `udp dport { ${PORT.sourceRouted}, ${PORT.steered} }`,
    madeup: `udp dport ${PORT.madeUp}`,
    near: `udp dport ${PORT.near}`,
  })

  await t.test('before the login', () => nothingArrives(lab, outside, frames))

  await t.test('with the routing rules deleted and nobody to mend them, by the packet filter alone', async () => {
    await daemon.stop('SIGKILL')
    for (const family of ['-4', '-6']) await mustRun(lab, ['ip', family, 'rule', 'del', 'priority', '7700'])
    await nothingArrives(lab, outside, frames)
  })

  await t.test('with the ruleset flushed and nobody to mend it, by the routing rules alone', async () => {
    const next = await lab.startGate()
    await next.stop('SIGKILL')
    await mustRun(lab, ['nft', 'flush', 'ruleset'])
    await nothingArrives(lab, outside, frames)
  })

  await t.test('after the login the protocols arrive, the forgeries do not', async () => {
    await lab.startGate()
    await until('the gate to enforce again', () => gate.state() === 'enforcing')
    await gate.admit({ mac, clientId: 1, seconds: 300 })
    await sendFrames(lab, 'phone1', frames)
    const names = [...protocols.map(nameOf), 'fragments', 'padded', 'straight', 'echoes']
    let missing = names
    const look = async (): Promise<boolean> => {
      const arrived = await outside.packets()
      missing = names.filter((name) => arrived[name] === 0)
      return missing.length === 0
    }
    await until('the honest ones outside', look, { detail: () => missing.join(', ') })
    const { routed, madeup, near, errors } = await outside.packets()
    assert.deepEqual({ routed, madeup, near, errors }, { routed: 0, madeup: 0, near: 0, errors: 0 })
  })
})

async function nothingArrives(lab: Lab, outside: Counted<string>, frames: Buffer[]): Promise<void> {
  assert.equal(await sendFrames(lab, 'phone1', frames), frames.length)
  // The box answers in order, so an answer to this says that it has seen all before.
  assert.ok(await reaches(lab, 'phone1', { kind: 'icmp', address: lab.addresses.edge.lan4 }))
  const arrived = await outside.packets()
  assert.ok(
    Object.values(arrived).every((count) => count === 0),
    JSON.stringify(arrived),
  )
}

async function mustRun(lab: Lab, argv: string[]): Promise<void> {
  const { code, stderr } = await lab.exec('edge', argv)
  assert.equal(code, 0, `${argv.join(' ')}: ${stderr}`)
}

/** `honest`: what an admitted visitor may send. `dishonest`: what nobody may. */
function oddFrames(lab: Lab): { honest: Buffer[]; dishonest: Buffer[] } {
  const { edge, internet, phones } = lab.addresses
  const four: Route = { fromMac: phones[0]!.mac, toMac: BOX_MAC, from: phones[0]!.v4, to: internet.v4 }
  const six: Route = { ...four, from: phones[0]!.v6, to: internet.v6 }
  const straight = (route: Route, port: number): Buffer => udp(route, port, port, Buffer.from('odd'))

  // Addresses of the box, of the internet side and of nobody, worn by the phone.
  const madeUp = [edge.lan4, edge.wan4, internet.v4, '203.0.113.77', '10.99.0.7', '127.0.0.1'].map((from) => ({ ...four, from }))
  const madeUp6 = [edge.lan6, edge.wan6, internet.v6, '2001:db8:ffff::7', 'fd99::7', 'fe80::7', '::1'].map((from) => ({ ...six, from }))
  // Places a router must not carry a packet to, addressed to the router's own link-layer address.
  const near = ['fe80::1', 'ff02::1', 'ff0e::1', '::1', '::ffff:198.51.100.10'].map((to) => ({ ...six, to }))
  const near4 = ['224.0.0.251', '239.1.2.3', '255.255.255.255', '127.0.0.1', '169.254.1.1', '0.0.0.1'].map((to) => ({ ...four, to }))
  const boxItself = [edge.wan4, edge.management].map((to) => ({ ...four, to }))
  return {
    honest: [
      ...[four, six].flatMap((route) => [...portless(route), ...fragments(route, PORT.fragments), straight(route, PORT.straight)]),
      ...padded(six, PORT.padded),
      icmp(six, 128, Buffer.alloc(64)),
      icmp(four, 8, Buffer.alloc(64)),
    ],
    dishonest: [
      ...[...madeUp, ...madeUp6].map((route) => straight(route, PORT.madeUp)),
      ...[...near, ...near4, ...boxItself, { ...six, to: edge.wan6 }].map((route) => straight(route, PORT.near)),
      ...boxItself.map((route) => tcpSyn(route, PORT.near, 22)),
      // Once through the box as the next hop, once named as the last.
      ...([131, 137] as const).flatMap((option) => [
        sourceRouted({ ...four, to: edge.lan4 }, option, internet.v4, PORT.sourceRouted),
        sourceRouted(four, option, internet.v4, PORT.sourceRouted),
      ]),
      ...[{ ...six, to: edge.lan6 }, six].flatMap((route) => steered(route, internet.v6, PORT.steered)),
    ],
  }
}
