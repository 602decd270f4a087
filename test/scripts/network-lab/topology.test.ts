import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressesOf, namespaceOf, overlaps, PHONES_MAX, wiring, type LabPlan, type Place } from '#scripts/network-lab/topology.ts'

const plan: LabPlan = {
  number: 254,
  phones: PHONES_MAX,
  lanOctet: 77,
  managementOctet: 79,
  internetPrefix: '198.51.100',
  hostVisitor: true,
  addressing: 'fixed',
  routedV6: false,
}

test('a network is taken when a route of the machine covers any part of it', () => {
  assert.equal(overlaps('10.77.0.0/24', ['default', '192.168.1.0/24']), false)
  assert.equal(overlaps('10.77.0.0/24', ['10.0.0.0/8']), true)
  assert.equal(overlaps('10.77.0.0/24', ['10.77.0.128/25']), true)
  assert.equal(overlaps('10.77.0.0/24', ['10.77.0.9']), true)
  assert.equal(overlaps('10.79.3.0/30', ['10.79.2.0/30', '10.79.4.0/30']), false)
})

test('every address and device of the largest lab is its own', () => {
  const { phones, edge, internet, host } = addressesOf(plan)
  const all = [
    ...phones.flatMap(({ v4, v6, mac }) => [v4, v6, mac]),
    ...Object.values(edge),
    ...Object.values(internet),
    host.visitor!.v4,
    host.visitor!.mac,
    host.management,
  ]
  assert.equal(new Set(all).size, all.length)
  assert.ok(
    phones.every(({ v4 }) => Number(v4.split('.')[3]) < 100),
    'below the DHCP range',
  )
})

test('no interface name is longer than the kernel allows', () => {
  const names = wiring(plan).flatMap(({ lines }) =>
    lines.flatMap((line) => [...line.matchAll(/(?:add|name|set|dev) ([a-z][\w-]*)/g)].map(([, name]) => name ?? '')),
  )
  assert.ok(names.length > 100)
  assert.deepEqual(
    names.filter((name) => name.length > 15),
    [],
  )
})

test('a lab whose phones come up by themselves gives them nothing, and a routed prefix has a way back', () => {
  const lines = (changes: Partial<LabPlan>, place: Place): string =>
    wiring({ ...plan, ...changes })
      .filter(({ namespace }) => namespace === namespaceOf(plan, place))
      .flatMap((batch) => batch.lines)
      .join('\n')
  assert.match(lines({}, 'phone1'), /address add 10\.77\.0\.11/)
  assert.equal(lines({ addressing: 'dhcp' }, 'phone1'), 'link set lo up')
  assert.doesNotMatch(lines({}, 'internet'), /route add/)
  assert.match(lines({ routedV6: true }, 'internet'), /^route add 2001:db8:77:1::\/64 via 2001:db8:51::1$/m)
  assert.match(lines({ routedV6: true }, 'edge'), /address add 2001:db8:77:1::1\/64 dev br-lan/)
})
