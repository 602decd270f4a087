import assert from 'node:assert/strict'
import { test } from 'node:test'
import { portalStandIn } from '#scripts/network-lab/internet.ts'
import type { Lab } from '#scripts/network-lab/lab.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { BOX_MAC, BROADCAST, DHCP, dhcp, icmp, tcpSyn, udp } from '#test/support/frames.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { curl } from '#test/support/phones.ts'
import { countArrivals, sendFrames } from '#test/support/wire.ts'

const FLOOD = 10_000
const FLOOD_PER_SECOND = 5_000
const RENEWALS = 40
const SYN_FLOOD = 4_000
const SYN_PER_SECOND = 1_000
/** One after the other, they take about as long as the flood. */
const PAGES = 40

/** As the gate has it: everybody without admission together, and each alone. */
const DHCP_ALL = { perSecond: 200, burst: 1_000 }
const DHCP_EACH = { perSecond: 2, burst: 10 }
const CONTROL_EACH = { perSecond: 20, burst: 50 }
const CONNECTIONS_EACH = { perSecond: 60, burst: 300 }
const CONNECTIONS_HELD_EACH = 24

test('a flood of made-up DHCP clients gets a bounded share, and every renewal of the admitted gets through', async (t) => {
  const lab = await labFor(t, { phones: 3 })
  if (!lab) return
  const { gate } = await gateIn(t, lab)
  const { phones } = lab.addresses
  const [, admitted, single] = phones.map(({ mac }) => mac) as [string, string, string]
  await gate.admit({ mac: admitted, clientId: 2, seconds: 300, addresses: [phones[1]!.v4] })
  const delivered = await deliveredToBox(lab, {
    renewals: `ether saddr ${admitted} udp dport { 67, 547 }`,
    made_up: 'ether saddr & ff:ff:00:00:00:00 == 02:99:00:00:00:00 udp dport 67',
    made_up_v6: 'ether saddr & ff:ff:00:00:00:00 == 02:9a:00:00:00:00 udp dport 547',
    single: `ether saddr ${single} udp dport 67`,
  })

  const began = performance.now()
  const flood = sendFrames(lab, 'phone1', [...madeUpDiscovers(FLOOD), ...madeUpSolicits(lab, FLOOD / 10)], FLOOD_PER_SECOND)
  const renewal = dhcp(broadcast(admitted), { type: DHCP.request, client: admitted, transaction: 7 })
  const solicit = dhcp6(lab, admitted, phones[1]!.v6)
  await sendFrames(
    lab,
    'phone2',
    Array.from({ length: RENEWALS }, (_, i) => (i % 2 === 0 ? renewal : solicit)),
    RENEWALS,
  )
  const eager = Array.from({ length: 200 }, () => dhcp(broadcast(single), { type: DHCP.discover, client: single, transaction: 9 }))
  await sendFrames(lab, 'phone3', eager)
  assert.equal(await flood, FLOOD + FLOOD / 10)
  const seconds = (performance.now() - began) / 1_000

  const got = await delivered()
  const most = DHCP_ALL.burst + DHCP_ALL.perSecond * seconds
  assert.equal(got['renewals'], RENEWALS)
  assert.ok(got['made_up']! > 100 && got['made_up']! + got['made_up_v6']! <= most, JSON.stringify(got))
  assert.ok(got['made_up']! < FLOOD / 2, `${got['made_up']} of ${FLOOD}`)
  assert.ok(got['single']! <= DHCP_EACH.burst + DHCP_EACH.perSecond * seconds, `${got['single']} of one device`)
})

test('echo requests and neighbour discovery of a stranger are bounded, those of an admitted device are not', async (t) => {
  const lab = await labFor(t, { phones: 2 })
  if (!lab) return
  const { gate } = await gateIn(t, lab)
  const [stranger, admitted] = lab.addresses.phones.map(({ mac }) => mac) as [string, string]
  await gate.admit({ mac: admitted, clientId: 2, seconds: 300 })
  const delivered = await deliveredToBox(lab, {
    stranger: `ether saddr ${stranger} meta l4proto { icmp, icmpv6 }`,
    admitted: `ether saddr ${admitted} icmp type echo-request`,
  })

  const began = performance.now()
  await sendFrames(lab, 'phone1', echoes(lab, 0, 1_000))
  await sendFrames(lab, 'phone2', echoes(lab, 1, 1_000))
  const seconds = (performance.now() - began) / 1_000
  const got = await delivered()
  const most = CONTROL_EACH.burst + CONTROL_EACH.perSecond * seconds
  assert.ok(got['stranger']! > 10 && got['stranger']! <= most, `${got['stranger']} of the stranger, at most ${most}`)
  assert.equal(got['admitted'], 1_000)
})

test('connections to the portal that are opened and closed at once are bounded too, and a neighbour sees its page meanwhile', async (t) => {
  const lab = await labFor(t, { phones: 2 })
  if (!lab) return
  await gateIn(t, lab)
  lab.spawn('edge', portalStandIn(8080))
  const { edge } = lab.addresses
  const page = () => curl(lab, 'phone2', `http://${edge.lan4}/hello`)
  await until('the portal to answer', async () => (await page()).startsWith('hello from the portal'))
  // The phone's own kernel knows nothing of these connections and ends each that is accepted: none of them stays open.
  const heard = await countArrivals(lab, 'phone1', { accepted: 'tcp flags & (syn | ack) == syn | ack', refused: 'tcp flags & rst == rst' })

  const began = performance.now()
  const flood = sendFrames(lab, 'phone1', connections(lab, SYN_FLOOD), SYN_PER_SECOND)
  for (let i = 0; i < PAGES; i += 1) assert.match(await page(), /^hello from the portal/, `page ${i}`)
  assert.equal(await flood, SYN_FLOOD)
  const seconds = (performance.now() - began) / 1_000

  const { accepted, refused } = await heard.packets()
  const most = CONNECTIONS_EACH.burst + CONNECTIONS_EACH.perSecond * seconds
  assert.ok(accepted > CONNECTIONS_HELD_EACH && accepted <= most, `${accepted} of ${SYN_FLOOD} were accepted, at most ${most}`)
  assert.ok(refused >= SYN_FLOOD - most, `what is too much is refused, and not left waiting: ${refused} of ${SYN_FLOOD}`)
  await until('the flooder to see its page again', async () => (await curl(lab, 'phone1', `http://${edge.lan4}/hello`)).startsWith('hello'))
})

const broadcast = (fromMac: string) => ({ fromMac, toMac: BROADCAST, from: '0.0.0.0', to: '255.255.255.255' })

const madeUpMac = (head: string, i: number): string =>
  `${head}:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`

const madeUpDiscovers = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, i) => {
    const client = madeUpMac('02:99', i)
    return dhcp(broadcast(client), { type: DHCP.discover, client, transaction: i })
  })

const madeUpSolicits = (lab: Lab, count: number): Buffer[] =>
  Array.from({ length: count }, (_, i) => dhcp6(lab, madeUpMac('02:9a', i), 'fe80::bad'))

/** To the box's own address: a box without DHCPv6 hears no multicast for it, and the rules are the same. */
const dhcp6 = (lab: Lab, fromMac: string, from: string): Buffer =>
  udp({ fromMac, toMac: BOX_MAC, from, to: lab.addresses.edge.lan6 }, 546, 547, Buffer.alloc(20))

function echoes(lab: Lab, phone: number, count: number): Buffer[] {
  const { mac, v4 } = lab.addresses.phones[phone]!
  const request = icmp({ fromMac: mac, toMac: BOX_MAC, from: v4, to: lab.addresses.edge.lan4 }, 8, Buffer.alloc(16))
  return Array.from({ length: count }, () => request)
}

function connections(lab: Lab, count: number): Buffer[] {
  const { mac, v4 } = lab.addresses.phones[0]!
  return Array.from({ length: count }, (_, i) =>
    tcpSyn({ fromMac: mac, toMac: BOX_MAC, from: v4, to: lab.addresses.edge.lan4 }, 20_000 + i, 80),
  )
}

/** What the box's own programs get to hear: counted after the gate has judged. */
async function deliveredToBox(lab: Lab, matches: Record<string, string>): Promise<() => Promise<Record<string, number>>> {
  const names = Object.keys(matches)
  const input = `table inet delivered {
${names.map((name) => `  counter ${name} { }`).join('\n')}
  chain arrive {
    type filter hook input priority 10; policy accept;
${names.map((name) => `    ${matches[name]} counter name "${name}"`).join('\n')}
  }
}
`
  const { code, stderr } = await lab.exec('edge', ['nft', '-f', '-'], { input })
  assert.equal(code, 0, stderr)
  return async () => {
    const { stdout } = await lab.exec('edge', ['nft', '-j', 'list', 'counters', 'table', 'inet', 'delivered'])
    const { nftables } = JSON.parse(stdout) as { nftables: { counter?: { name: string; packets: number } }[] }
    return Object.fromEntries(nftables.flatMap(({ counter }) => (counter ? [[counter.name, counter.packets]] : [])))
  }
}
