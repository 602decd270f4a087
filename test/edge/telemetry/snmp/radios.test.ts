import assert from 'node:assert/strict'
import { test } from 'node:test'
import { channelOf, readRadios } from '#edge/telemetry/snmp/radios.ts'
import type { SnmpValue } from '#edge/telemetry/snmp/port.ts'

test('a frequency is the channel it stands for, and no channel when it stands for none', () => {
  assert.deepEqual([2_412, 2_437, 2_472, 2_484, 5_180, 5_220, 5_825, 5_955, 7_115].map(channelOf), [1, 6, 13, 14, 36, 44, 165, 1, 233])
  assert.deepEqual([0, 2_400, 2_413, 5_181, 5_900, 60_480, -1].map(channelOf), Array.from({ length: 7 }))
})

const MIKROTIK = '1.3.6.1.4.1.14988.1'
const tableOf = (rows: [string, SnmpValue[]][]) => (columns: readonly string[]) =>
  Promise.resolve(new Map(columns[0]!.startsWith('1.3.6.1.4.1.14988.1.1.1.3.1') ? rows : []))

test('absurd figures of a radio are left out, one by one', async () => {
  const radios = await readRadios(
    tableOf([
      ['1', [-5n, 999_999n, -40_000n]],
      ['2', [7n, 2_437n, 0n]],
    ]),
    MIKROTIK,
    (index) => `wlan${index}`,
  )
  assert.deepEqual(radios, [{ name: 'wlan1' }, { name: 'wlan2', clients: 7, channel: 6 }])
})

test('a maker without rows of its own is asked by the standard, an unknown one only by that', async () => {
  const asked: string[] = []
  const read = (columns: readonly string[]) => {
    asked.push(columns[0]!)
    return Promise.resolve(new Map<string, SnmpValue[]>(columns[0] === '1.2.840.10036.4.11.1.1' ? [['5', [149n]]] : []))
  }
  assert.deepEqual(await readRadios(read, MIKROTIK, () => 'wlan1'), [{ name: 'wlan1', channel: 149 }])
  assert.match(asked[0]!, /^1\.3\.6\.1\.4\.1\.14988\./)
  asked.length = 0
  await readRadios(read, '1.3.6.1.4.1.9.1.1', () => 'wlan1')
  assert.deepEqual(asked, ['1.2.840.10036.4.5.1.1', '1.2.840.10036.4.11.1.1'])
})

test('more radios than fit are cut, not refused', async () => {
  const rows = Array.from({ length: 40 }, (_, i): [string, SnmpValue[]] => [String(i + 1), [1n, 2_437n, -90n]])
  assert.equal((await readRadios(tableOf(rows), MIKROTIK, () => undefined)).length, 16)
})
