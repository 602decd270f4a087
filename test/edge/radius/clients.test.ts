import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAddress } from '#edge/radius/address.ts'
import { clientTable } from '#edge/radius/clients.ts'

const secret = 'sixteen-characters-or-more'
const table = (...addresses: string[]) => clientTable(addresses.map((address) => ({ name: address, address, secret })))

test('the longest prefix wins, in both families and in any order of the list', () => {
  const clients = table('0.0.0.0/0', '10.77.0.0/16', '10.77.3.9', '10.77.3.0/24', 'fd00::/8', 'fd00:1::/32', 'fd00:1::7')
  for (const [source, client] of [
    ['10.77.3.9', '10.77.3.9'],
    ['10.77.3.8', '10.77.3.0/24'],
    ['10.77.4.8', '10.77.0.0/16'],
    ['192.0.2.1', '0.0.0.0/0'],
    ['fd00:1::7', 'fd00:1::7'],
    ['fd00:1:0:0:0:0:0:8', 'fd00:1::/32'],
    ['fdff::1', 'fd00::/8'],
  ])
    assert.equal(clients.find(source!)?.name, client, source)
})

test('a stranger is nobody, in either family', () => {
  const clients = table('10.77.0.0/24', 'fd00::/64')
  for (const source of ['10.77.1.1', '11.77.0.1', '::1', 'fd00:0:0:1::1', 'not an address', ''])
    assert.equal(clients.find(source), undefined, source)
})

test('an IPv4 source seen by a dual-stack socket is the same client', () => {
  assert.equal(table('10.77.0.0/24').find('::ffff:10.77.0.9')?.name, '10.77.0.0/24')
})

test('the zone of a link-local source does not matter', () => {
  assert.equal(table('fe80::/10').find('fe80::1%lo')?.name, 'fe80::/10')
})

test('a prefix written with host bits means its network', () => {
  assert.equal(table('10.77.3.5/24').find('10.77.3.200')?.name, '10.77.3.5/24')
})

test('a wrong or doubled address is refused by name, without the secret', () => {
  for (const address of ['10.77.0.0/33', '10.77.0', 'fd00::/129', '10.77.0.0/24/8', '10.77.0.0/', '10.77.0.0/-1', 'hotspot'])
    assert.throws(
      () => clientTable([{ name: 'ap-9', address, secret }]),
      (error: Error) => error.message.includes('ap-9') && !error.message.includes(secret),
    )
  assert.throws(() => table('10.77.0.1/24', '10.77.0.2/24'), /have the same address/)
})

test('addresses are numbers of 128 bits', () => {
  assert.equal(parseAddress('::'), 0n)
  assert.equal(parseAddress('::1'), 1n)
  assert.equal(parseAddress('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'), 2n ** 128n - 1n)
  assert.equal(parseAddress('1:2:3:4:5:6:7:8'), 0x0001_0002_0003_0004_0005_0006_0007_0008n)
  assert.equal(parseAddress('1::8'), (1n << 112n) + 8n)
  assert.equal(parseAddress('1::'), 1n << 112n)
  assert.equal(parseAddress('192.0.2.1'), 0xffff_c000_0201n)
})
