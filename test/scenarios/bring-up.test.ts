import assert from 'node:assert/strict'
import { rmSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { renderCaptiveApi } from '#edge/agent/captive-api-file.ts'
import { CAPTIVE_V4 } from '#edge/captive-addresses.ts'
import { CAPTIVE_API_FILE } from '#edge/config.ts'
import { dnsFacts } from '#scripts/network-lab/dns.ts'
import { portalStandIn } from '#scripts/network-lab/internet.ts'
import type { Lab } from '#scripts/network-lab/lab.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import type { InformationReply } from '#test/support/information-request.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { curl, probeFrom, reaches, waysOut } from '#test/support/phones.ts'

const API = 'https://portal.test/captive-api'
const ASK_DHCPV6 = join(import.meta.dirname, '..', 'support', 'information-request.ts')

test('a phone with nothing but a cable gets addresses, a name server and the portal; admitted, it is on the internet by either family', async (t) => {
  const lab = await labFor(t, { phones: 1, addressing: 'dhcp', routedV6: true })
  if (!lab) return
  const { gate } = await gateIn(t, lab, {}, { announceV6: true })
  const { internet, edge, phones } = lab.addresses
  lab.spawn('edge', portalStandIn(8080))
  assert.deepEqual(await lab.addressesNow(1), [], 'nothing was configured by hand')
  const client = await lab.plugIn(1)

  await t.test('IPv4 by DHCP, IPv6 by advertisement, one router each, and the box as name server', async () => {
    const lease = client.lease()
    assert.equal(lease?.router, edge.lan4)
    assert.equal(lease?.dns, edge.lan4)
    assert.ok(lease.seconds >= 1_800 && lease.seconds <= 3_600, `${lease.seconds} s`)
    await until('an address by SLAAC', async () => (await lab.addressesNow(1)).some(({ address }) => address.startsWith('2001:db8:77:1:')))
    const { stdout } = await lab.exec('phone1', ['ip', '-6', 'route', 'show', 'default'])
    assert.match(stdout, /^default via fe80::77:ff:fe00:1 dev eth0 proto ra .*\n$/, 'one router, with an end')
    assert.match(stdout, /expires \d+sec/)
    const { nameServers } = await informationReply(lab)
    assert.equal(nameServers, hexOf(edge.lan6), 'the name server by DHCPv6')
  })

  await t.test('web requests of either family land on the portal, everything else is refused at once', async () => {
    assert.match(await curl(lab, 'phone1', 'http://connectivitycheck.gstatic.com/hello'), /hello from the portal/)
    for (const { target, reached } of await probeFrom(lab, 'phone1', waysOut(lab))) {
      const what = `${target.kind}/${target.port ?? ''} to ${target.address}: ${JSON.stringify(reached)}`
      if (target.port === 80) assert.match('answer' in reached ? reached.answer : '', /hello from the portal/, what)
      else assert.ok('failed' in reached, what)
      if (target.kind === 'tcp') assert.deepEqual(reached, { failed: 'ECONNREFUSED' }, what)
      if (target.kind === 'udp') assert.notDeepEqual(reached, { failed: 'silent' }, what)
    }
  })

  await t.test('admitted, it reaches the internet from each of its addresses, a privacy address made later among them', async () => {
    await gate.admit({ mac: phones[0]!.mac, clientId: 1, seconds: 300 })
    await until('the real address in place of the captive one', async () =>
      /hello from the internet/.test(await curl(lab, 'phone1', 'http://internet.test:8080/hello')),
    )
    await lab.exec('phone1', ['sysctl', '-q', '-w', 'net.ipv6.conf.eth0.use_tempaddr=2'])
    await solicitRouter(lab)
    await until('a privacy address', async () => (await lab.addressesNow(1)).some(({ temporary }) => temporary))
    const own = await lab.addressesNow(1)
    assert.equal(own.length, 3, JSON.stringify(own))
    for (const { address: from } of own) {
      const address = from.includes(':') ? internet.v6 : internet.v4
      const [answer] = await probeFrom(lab, 'phone1', [{ kind: 'http', address, port: 8080, from }])
      // Routed, not masqueraded: the internet sees the phone's own IPv6 address.
      const seen = from.includes(':') ? from : edge.wan4
      assert.ok(answer && 'answer' in answer.reached && answer.reached.answer.includes(seen), `${from}: ${JSON.stringify(answer?.reached)}`)
    }
  })

  await t.test('what a phone calls itself does not become a name for its neighbours', async () => {
    client.stop()
    const bold = await lab.plugIn(1, 'bank')
    const { stdout } = await lab.exec('phone1', ['getent', 'ahosts', 'bank'])
    assert.equal(stdout, '')
    bold.stop()
  })
})

test('the portal API is announced exactly while its file is there, and leases outlive every change', async (t) => {
  const lab = await labFor(t, { phones: 2, addressing: 'dhcp' })
  if (!lab) return
  await gateIn(t, lab, {}, { announceV6: true })
  const file = join(dnsFacts(lab.claim).folder, CAPTIVE_API_FILE)
  const client = await lab.plugIn(1)
  const { address } = client.lease()!
  assert.equal(client.lease()?.captiveApi, undefined)
  await until('a link-local address', async () => (await informationReply(lab)).captiveApi === undefined)

  writeFileSync(`${file}.new`, renderCaptiveApi(API))
  renameSync(`${file}.new`, file)
  await until('the option in a lease', async () => (await client.renew()).captiveApi === API)
  assert.equal(client.lease()?.address, address, 'the same address after a restart of dnsmasq')
  assert.equal((await informationReply(lab)).captiveApi, API, 'by DHCPv6, the same words')
  const other = await lab.plugIn(2)
  assert.equal(other.lease()?.captiveApi, API)
  assert.notEqual(other.lease()?.address, address)

  rmSync(file)
  await until('a lease without the option', async () => (await client.renew()).captiveApi === undefined)
  assert.equal(client.lease()?.address, address)
  assert.equal((await informationReply(lab)).captiveApi, undefined)

  await t.test('a file that says more than it may is left out, and DHCP goes on', async () => {
    writeFileSync(file, `${renderCaptiveApi(API)}dhcp-option=6,${CAPTIVE_V4}\n`)
    await until('the refusal in the log', async () =>
      (await lab.exec('edge', ['cat', join(lab.folder, 'dns.log')])).stdout.includes('does not belong'),
    )
    const renewed = await client.renew()
    assert.equal(renewed.captiveApi, undefined)
    assert.equal(renewed.dns, lab.addresses.edge.lan4)
  })

  await t.test('dnsmasq that is killed comes back, and the lease is still the phone’s', async () => {
    const { stdout } = await lab.exec('edge', ['pgrep', '--full', '--newest', `conf-file=${join(lab.folder, 'open-dns.conf')}`])
    process.kill(Number(stdout), 'SIGKILL')
    assert.equal((await client.renew()).address, address)
    assert.ok(await reaches(lab, 'phone1', { kind: 'icmp', address: lab.addresses.edge.lan4 }))
  })
})

async function informationReply(lab: Lab): Promise<InformationReply> {
  const { code, stdout, stderr } = await lab.exec('phone1', [process.execPath, ASK_DHCPV6, 'eth0'])
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as InformationReply
}

/** Makes the phone's kernel ask the routers anew, as it does when it joins a network, without losing its addresses. */
async function solicitRouter(lab: Lab): Promise<void> {
  const { code, stderr } = await lab.exec('phone1', ['perl', '-e', ROUTER_SOLICITATION])
  assert.equal(code, 0, stderr)
}

/** ICMPv6 type 133 to all routers (RFC 4861 §4.1); the kernel fills in the checksum. */
const ROUTER_SOLICITATION = `
use strict; use Socket qw(:DEFAULT inet_pton pack_sockaddr_in6);
socket my $socket, AF_INET6, SOCK_RAW, 58 or die $!;
setsockopt $socket, 41, 18, pack('i', 255) or die $!;
open my $index, '<', '/sys/class/net/eth0/ifindex' or die $!;
send $socket, pack('CCnN', 133, 0, 0, 0), 0, pack_sockaddr_in6(0, inet_pton(AF_INET6, 'ff02::2'), <$index> + 0) or die $!;
`

const hexOf = (address: string): string => {
  const [head = '', tail = ''] = address.split('::')
  const parts = (text: string): string[] => text.split(':').filter(Boolean)
  const middle = Array.from({ length: 8 - parts(head).length - parts(tail).length }, () => '0')
  return [...parts(head), ...middle, ...parts(tail)].map((part) => part.padStart(4, '0')).join('')
}
