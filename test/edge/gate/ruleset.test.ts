import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { parseOptions } from '#edge/gate/options.ts'
import { rulesetText as textOf, type Elements, type GateFacts, type Surroundings } from '#edge/gate/ruleset.ts'
import { hasRoot } from '#scripts/network-lab/lab.ts'

const rulesetText = (given: GateFacts, elements: Partial<Elements> = {}, around: Partial<Surroundings> = {}): string =>
  textOf(given, { text: '', arp: '', ...elements }, { bridge: 'none', arp: false, ownAddresses: [], ...around })

const facts: GateFacts = {
  lan: 'br-lan',
  wan: 'wan0',
  portalPort: 8080,
  dnsPort: 53,
  captiveDnsPort: 5354,
  openPorts: [{ protocol: 'udp', port: 1812 }],
  masqueradeV6: true,
}

test('one transaction: the old table goes and the new one comes, with its elements', () => {
  const text = rulesetText(facts, { text: 'add element inet gate live { 0x10001 timeout 5s }\n', arp: 'never' })
  assert.match(text, /^table inet gate\ndelete table inet gate\ntable inet gate \{\n/)
  assert.match(text, /\}\nadd element inet gate live \{ 0x10001 timeout 5s \}\n$/)
})

test('nft takes the text as it is, with and without masqueraded IPv6 and opened ports', (t) => {
  if (!hasRoot()) return t.skip('needs root: nft checks a ruleset against the kernel')
  for (const variant of [facts, { ...facts, openPorts: [], masqueradeV6: false, dnsPort: 5300, portalTlsPort: 8443 }]) {
    const { status, stderr } = spawnSync('unshare', ['--net', '--', 'nft', '--check', '-f', '-'], {
      input: rulesetText(variant, {}, { bridge: 'every', arp: true, ownAddresses: ['10.77.0.1', 'fd77::1', 'fe80::1'] }),
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
  }
})

test('opened ports appear, and only those, and are shut to the internet side', () => {
  assert.match(rulesetText(facts), /udp dport 1812 accept/)
  assert.match(
    rulesetText(facts),
    /iifname "wan0" meta l4proto \{ tcp, udp \} th dport \{ 8080, 53, 5354, 1812 \} ct direction original drop/,
  )
  assert.doesNotMatch(rulesetText({ ...facts, openPorts: [] }), /1812/)
})

test('the HTTPS portal appears where there is one: redirected from the box alone, counted with the other, shut to the internet side', () => {
  const text = rulesetText({ ...facts, portalTlsPort: 8443 })
  assert.match(text, /tcp dport 443 fib daddr type local redirect to :8443/)
  assert.match(text, /tcp dport \{ 8080, 8443 \} ct state new add @portal_connections/)
  assert.match(text, /th dport \{ 8080, 8443, 53, 5354, 1812 \} ct direction original drop/)
  assert.doesNotMatch(rulesetText(facts), /dport 443 fib/)
})

test('nobody on the LAN claims an address of the box; nft is told IPv6 targets digit by digit', () => {
  const text = rulesetText(facts, {}, { arp: true, ownAddresses: ['10.77.0.1', 'fd77:0:0:77::1', 'fe80::2a:0:c'] })
  assert.match(text, /table arp gate \{[^]*iifname != "br-lan" accept\n    arp saddr ip 10\.77\.0\.1 drop\n/)
  assert.match(text, /nd-neighbor-advert @th,64,128 0xfd770000000000770000000000000001 drop/)
  assert.match(text, /ip6 saddr :: icmpv6 type nd-neighbor-solicit @th,64,128 0xfe800000000000000000002a0000000c drop/)
  assert.doesNotMatch(
    rulesetText(facts, { arp: 'add element arp gate' }, { ownAddresses: ['10.77.0.1'] }),
    /arp/,
    'where the kernel cannot',
  )
})

test('nothing is bridged on the LAN, or anywhere where bridges cannot be told apart', () => {
  assert.match(
    rulesetText(facts, {}, { bridge: 'lan' }),
    /table bridge gate\ndelete table bridge gate\ntable bridge gate \{[^]*meta ibrname "br-lan" drop/,
  )
  assert.match(rulesetText(facts, {}, { bridge: 'every' }), /policy accept;\n    drop\n/)
  assert.doesNotMatch(rulesetText(facts), /bridge gate/)
})

const good = [
  '--socket',
  '/run/gate.sock',
  '--lan',
  'br-lan',
  '--wan',
  'wan0',
  '--portal-port',
  '8080',
  '--dns-port',
  '53',
  '--captive-dns-port',
  '5354',
]

test('the command line becomes the facts', () => {
  assert.deepEqual(parseOptions([...good, '--open-port', 'udp:1812']), { help: false, socket: '/run/gate.sock', facts })
  assert.deepEqual(parseOptions([...good, '--open-port', 'udp:1812', '--portal-tls-port', '8443']), {
    help: false,
    socket: '/run/gate.sock',
    facts: { ...facts, portalTlsPort: 8443 },
  })
})

test('a command line that could mean something to nft is refused', () => {
  for (const [option, value] of [
    ['--lan', 'br"; flush ruleset; "'],
    ['--wan', 'a name'],
    ['--lan', 'sixteen-letters-'],
    ['--portal-port', '80; drop'],
    ['--portal-port', '0'],
    ['--dns-port', '65536'],
    ['--portal-tls-port', '443 accept'],
    ['--open-port', 'icmp:5'],
    ['--open-port', 'udp:'],
    ['--socket', ''],
    ['--socket', `/${'x'.repeat(200)}`],
  ] as const) {
    assert.throws(() => parseOptions([...good, option, value]), new RegExp(option), `${option} ${value}`)
  }
  assert.throws(() => parseOptions(good.slice(2)), /--socket/)
  assert.throws(() => parseOptions([...good, '--unknown']), /unknown/i)
})

test('--help explains itself, and a wrong option ends with one line and code 2', () => {
  const daemon = `${import.meta.dirname}/../../../edge/gate/daemon.ts`
  assert.match(execFileSync(process.execPath, [daemon, '--help'], { encoding: 'utf8' }), /CAP_NET_ADMIN/)
  const wrong = spawnSync(process.execPath, [daemon, '--lan', 'x'], { encoding: 'utf8' })
  assert.equal(wrong.status, 2)
  assert.equal(wrong.stderr.trim().split('\n').length, 1)
})
