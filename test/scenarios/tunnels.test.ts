import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeGarden } from '#scripts/network-lab/dns.ts'
import { NAMES, portalStandIn, TUNNEL_PORT } from '#scripts/network-lab/internet.ts'
import type { Lab } from '#scripts/network-lab/lab.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { BOX_MAC, icmp, tcpSyn, udp, type Route } from '#test/support/frames.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { reaches } from '#test/support/phones.ts'
import { countArrivals, sendFrames } from '#test/support/wire.ts'

/** iodine tries every record type it knows within this. */
const IODINE_SECONDS = 6

/** Everything but neighbour discovery, which the box does for itself. */
const TRAFFIC = {
  four: 'meta protocol ip',
  six: 'meta protocol ip6 icmpv6 type != { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, mld2-listener-report }',
  sixother: 'meta protocol ip6 meta l4proto != icmpv6',
}

test('before the login iodine moves nothing, whoever it asks; after it, the same tunnel works', async (t) => {
  const lab = await labFor(t, { phones: 1 })
  if (!lab) return
  const { gate } = await gateIn(t, lab)
  const { internet, edge, phones } = lab.addresses
  lab.spawn('edge', portalStandIn(8080))
  lab.spawn('internet', [
    'iodined',
    '-f',
    '-c',
    '-P',
    'tunnel',
    '-p',
    String(TUNNEL_PORT),
    '-l',
    '127.0.0.1',
    '10.53.53.1/24',
    NAMES.tunnel,
  ])
  await until('iodined to listen', async () => (await lab.exec('internet', ['ss', '-Huln', 'sport', '=', `:${TUNNEL_PORT}`])).stdout !== '')
  await countQuestions(lab)
  // Even with a garden open, whose instance of dnsmasq does have somebody to ask.
  writeGarden(lab.claim, [NAMES.garden])
  const arrivals = await countArrivals(lab, 'internet', TRAFFIC)

  for (const server of [edge.lan4, internet.v4, edge.lan6, internet.v6]) {
    const { code, stderr } = await iodine(lab, server)
    assert.notEqual(code, 0, `${server}: ${stderr}`)
    assert.doesNotMatch(stderr, /setup complete/i)
  }
  assert.equal(await questions(lab), 0, 'iodined never heard of it')
  assert.deepEqual(await arrivals.packets(), { four: 0, six: 0, sixother: 0 })

  await t.test('and the way it would have gone was open: admitted, it carries a page', async () => {
    await gate.admit({ mac: phones[0]!.mac, clientId: 1, seconds: 300 })
    const tunnel = lab.spawn('phone1', iodineCommand(edge.lan4))
    t.after(() => tunnel.kill())
    await until('the tunnel', () => reaches(lab, 'phone1', { kind: 'http', address: '10.53.53.1', port: 80 }))
    assert.ok((await questions(lab)) > 10)
  })
})

test('before the login no packet of the usual tunnels arrives outside', async (t) => {
  const lab = await labFor(t, { phones: 1 })
  if (!lab) return
  const { gate } = await gateIn(t, lab)
  const { internet, phones } = lab.addresses
  const phone = phones[0]!
  const four: Route = { fromMac: phone.mac, toMac: BOX_MAC, from: phone.v4, to: internet.v4 }
  const six: Route = { ...four, from: phone.v6, to: internet.v6 }
  const frames = [four, six].flatMap((route) => tunnelFrames(route))
  const arrivals = await countArrivals(lab, 'internet', TRAFFIC)

  assert.equal(await sendFrames(lab, 'phone1', frames), frames.length)
  assert.ok(await reaches(lab, 'phone1', { kind: 'icmp', address: lab.addresses.edge.lan4 }), 'the box has seen all before this')
  assert.deepEqual(await arrivals.packets(), { four: 0, six: 0, sixother: 0 })

  await gate.admit({ mac: phone.mac, clientId: 1, seconds: 300 })
  await sendFrames(lab, 'phone1', frames)
  await until('the same packets outside', async () => {
    const { four: v4, six: icmpv6, sixother } = await arrivals.packets()
    return v4 >= ARRIVING_MIN && icmpv6 > 0 && sixother >= ARRIVING_MIN / 2
  })
})

/** Of each family's nine, those that need no conversation to be let through after the login. */
const ARRIVING_MIN = 6

function tunnelFrames(route: Route): Buffer[] {
  const six = route.to.includes(':')
  const kilobyte = Buffer.alloc(1_000, 'tunnel ')
  // Type 1, "handshake initiation", 148 octets.
  const wireGuard = Buffer.concat([Buffer.from([1, 0, 0, 0]), Buffer.alloc(144, 7)])
  // Long header, version 1, "initial", padded as RFC 9000 §14.1 wants it.
  const quic = Buffer.concat([Buffer.from([0xc0, 0, 0, 0, 1]), Buffer.alloc(1_195, 7)])
  return [
    icmp(route, six ? 128 : 8, kilobyte),
    icmp(route, six ? 129 : 0, kilobyte),
    udp(route, 40_001, 51_820, wireGuard),
    udp(route, 40_002, 443, quic),
    udp(route, 40_003, 853, kilobyte),
    udp(route, 40_004, 1_194, kilobyte),
    udp(route, 123, 123, kilobyte),
    tcpSyn(route, 40_005, 853, kilobyte),
    tcpSyn(route, 40_006, 443, kilobyte),
  ]
}

function iodineCommand(server: string): string[] {
  return ['iodine', '-f', '-P', 'tunnel', ...(server.includes(':') ? ['-6'] : ['-4']), server, NAMES.tunnel]
}

/** Lets it try for a while. Its code is 124 when it was still trying. */
const iodine = (lab: Lab, server: string) => lab.exec('phone1', ['timeout', String(IODINE_SECONDS), ...iodineCommand(server)])

/** Counts what reaches iodined. Between the internet's name server and it lies the loopback, so countArrivals does not see it. */
async function countQuestions(lab: Lab): Promise<void> {
  const input = `table inet questions {
  counter asked { }
  chain arrive { type filter hook input priority 0; udp dport ${TUNNEL_PORT} counter name "asked"; }
}
`
  const { code, stderr } = await lab.exec('internet', ['nft', '-f', '-'], { input })
  assert.equal(code, 0, stderr)
}

async function questions(lab: Lab): Promise<number> {
  const { stdout } = await lab.exec('internet', ['nft', 'list', 'counter', 'inet', 'questions', 'asked'])
  return Number(/packets (\d+)/.exec(stdout)?.[1])
}
