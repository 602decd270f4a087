import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  findInArpTable,
  parseBlocked,
  parseClients,
  parseCounters,
  parseGarden,
  parseNeighbours,
  parseOwnAddresses,
  parseStrangers,
  plainAddress,
} from '#edge/gate/listing.ts'
import { parseClasses } from '#edge/gate/shaping.ts'

const head = '{"metainfo":{"version":"1.0.6","release_name":"Lester Gooch #5","json_schema_version":1}}'
const counted = (name: string, elements: string): string =>
  `{"nftables":[${head},{"set":{"family":"inet","name":"${name}","table":"gate","type":"mark","handle":10${elements},"stmt":[{"counter":null}]}}]}`

test('counters of both directions become one row per client', () => {
  const text = [
    counted(
      'up',
      ',"elem":[{"elem":{"val":65537,"counter":{"packets":3,"bytes":55}}},{"elem":{"val":131071,"counter":{"packets":1,"bytes":1}}}]',
    ),
    counted('down', ',"elem":[{"elem":{"val":65537,"counter":{"packets":9,"bytes":9007199254740991}}}]'),
  ].join('\n')
  assert.deepEqual(parseCounters(text), [
    { clientId: 1, upOctets: 55, downOctets: 9_007_199_254_740_991 },
    { clientId: 65_535, upOctets: 1, downOctets: 0 },
  ])
})

test('the box’s own addresses are listed in one order, and a handful at most', () => {
  const text = JSON.stringify([
    { ifname: 'br-lan', addr_info: [{ family: 'inet6', local: 'fe80::1' }, { family: 'inet', local: '10.0.0.1' }, {}] },
    {},
  ])
  assert.deepEqual(parseOwnAddresses(text), ['10.0.0.1', 'fe80::1'])
  assert.deepEqual(parseOwnAddresses(''), [])
  const many = Array.from({ length: 40 }, (_, i) => ({ local: `10.0.0.${i}` }))
  assert.equal(parseOwnAddresses(JSON.stringify([{ addr_info: many }])).length, 16)
})

test('empty sets give no rows', () => {
  assert.deepEqual(parseCounters(`${counted('up', '')}\n${counted('down', '')}\n`), [])
})

test('who is admitted is read back with the time left', () => {
  const text = `{"nftables":[${head},{"map":{"family":"inet","name":"client","table":"gate","type":"ether_addr","handle":8,"map":"mark","size":65535,"flags":["timeout"],"elem":[[{"elem":{"val":"aa:bb:cc:dd:ee:ff","timeout":500,"expires":499}},65537],[{"elem":{"val":"aa:bb:cc:dd:ee:00","timeout":5,"expires":0}},65538]]}}]}`
  assert.deepEqual(parseClients(text), [{ mac: 'aa:bb:cc:dd:ee:ff', clientId: 1, seconds: 499 }])
})

const listed = (name: string, elem: unknown[]): string => JSON.stringify({ nftables: [{ set: { name, elem } }] })
const timed = (val: unknown, expires: number): unknown => ({ elem: { val, timeout: 600, expires } })

test('bound addresses come back with their device, and a binding without any address is still one', () => {
  const client = {
    name: 'client',
    elem: [
      [timed('aa:bb:cc:dd:ee:ff', 99), 65_537],
      [timed('aa:bb:cc:dd:ee:01', 99), 65_538],
      [timed('aa:bb:cc:dd:ee:02', 99), 65_539],
    ],
  }
  const bound4 = {
    name: 'bound4',
    elem: [
      [timed({ concat: ['aa:bb:cc:dd:ee:ff', '10.0.0.1'] }, 99), 65_537],
      [timed({ concat: ['aa:bb:cc:dd:ee:ff', '10.0.0.2'] }, 99), 65_537],
    ],
  }
  const text = [
    JSON.stringify({ nftables: [{ map: client }] }),
    listed('binding', [timed('aa:bb:cc:dd:ee:ff', 99), timed('aa:bb:cc:dd:ee:01', 99)]),
    JSON.stringify({ nftables: [{ map: bound4 }] }),
  ].join('\n')
  assert.deepEqual(parseClients(text), [
    { mac: 'aa:bb:cc:dd:ee:ff', clientId: 1, seconds: 99, addresses: ['10.0.0.1', '10.0.0.2'] },
    { mac: 'aa:bb:cc:dd:ee:01', clientId: 2, seconds: 99, addresses: [] },
    { mac: 'aa:bb:cc:dd:ee:02', clientId: 3, seconds: 99 },
  ])
})

test('blocks, strangers and the walled garden are read back; what somebody put there for ever has no end', () => {
  assert.deepEqual(parseBlocked(listed('blocked', [timed('aa:bb:cc:dd:ee:ff', 7), timed('aa:bb:cc:dd:ee:01', 0), 'aa:bb:cc:dd:ee:02'])), [
    { mac: 'aa:bb:cc:dd:ee:ff', seconds: 7 },
    { mac: 'aa:bb:cc:dd:ee:02', seconds: Infinity },
  ])
  assert.deepEqual(parseStrangers(listed('strangers', [timed({ concat: ['aa:bb:cc:dd:ee:ff', '10.0.0.9'] }, 50)])), [
    { mac: 'aa:bb:cc:dd:ee:ff', address: '10.0.0.9' },
  ])
  assert.deepEqual(parseStrangers(listed('strangers', []) + '\n'), [])
  const garden = [listed('garden4', [{ elem: { val: '203.0.113.5', expires: 7_199 } }]), listed('garden6', [timed('2001:db8::5', 3)])].join(
    '\n',
  )
  assert.deepEqual(parseGarden(garden), [
    { set: 'garden4', address: '203.0.113.5', seconds: 7_199 },
    { set: 'garden6', address: '2001:db8::5', seconds: 3 },
  ])
})

test('the ARP table gives the device of an address, unless the entry is unfinished or on another interface', () => {
  const table = `IP address       HW type     Flags       HW address            Mask     Device
10.77.0.11       0x1         0x2         02:77:00:00:00:11     *        br-lan
10.77.0.12       0x1         0x0         00:00:00:00:00:00     *        br-lan
10.77.0.13       0x1         0x2         02:77:00:00:00:13     *        wan0
`
  assert.equal(findInArpTable(table, '10.77.0.11'), '02:77:00:00:00:11')
  assert.equal(findInArpTable(table, '10.77.0.1'), undefined)
  assert.equal(findInArpTable(table, '10.77.0.12'), undefined)
  assert.equal(findInArpTable(table, '10.77.0.13', 'br-lan'), undefined)
  assert.equal(findInArpTable('', '10.77.0.11'), undefined)
})

test('IPv6 neighbours count only while the kernel vouches for them', () => {
  const text = JSON.stringify([
    { dst: 'fd77::11', lladdr: '02:77:00:00:00:11', state: ['STALE'] },
    { dst: 'fd77::12', lladdr: '02:77:00:00:00:12', state: ['FAILED'] },
    { dst: 'fd77::13', state: ['INCOMPLETE'] },
  ])
  assert.deepEqual([...parseNeighbours(text)], [['fd77::11', '02:77:00:00:00:11']])
  assert.equal(parseNeighbours('').size, 0)
})

test('an address has one spelling', () => {
  assert.equal(plainAddress('::ffff:10.77.0.11'), '10.77.0.11')
  assert.equal(plainAddress('FE80::1%br-lan'), 'fe80::1')
  assert.equal(plainAddress('10.77.0.11'), '10.77.0.11')
  assert.equal(plainAddress('fd77:0:0:77:a1b2:c3d4:e5f6:0001'), 'fd77::77:a1b2:c3d4:e5f6:1')
  assert.equal(plainAddress('not an address'), 'not an address')
})

test('limits are read back from what tc prints', () => {
  const text = `class htb 1:a root prio 0 rate 3333Kbit ceil 3333Kbit burst 1599b cburst 1599b
class htb 1:ffff root prio 0 rate 5Mbit ceil 5Mbit burst 1600b cburst 1600b
class htb 1:1 parent 1:2 leaf 8001: prio 0 rate 1Gbit ceil 1Gbit burst 1375b cburst 1375b
`
  assert.deepEqual(
    [...parseClasses(text)],
    [
      [10, 3_333],
      [65_535, 5_000],
      [1, 1_000_000],
    ],
  )
})
