import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parseLeases } from '#edge/agent/lease-file.ts'
import { createNeighbours, parseArpTable } from '#edge/gate/neighbours.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const NEIGHBOURS = 1_000
const TIMES = 200
/** What 200 tables of 75 kB would take is fifteen times this. */
const OCTETS_MAX = 1_000_000

const macOf = (index: number): string =>
  `02:be:00:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`
const addressOf = (index: number): string => `192.168.${100 + (index >> 8)}.${100 + (index % 100)}`
const everyone = Array.from({ length: NEIGHBOURS }, (_, index) => index)

/** What stays of the heap when everything but `kept` is gone. */
async function heldBy(keep: (time: number) => Promise<unknown>): Promise<number> {
  await keep(0)
  collect()
  const before = process.memoryUsage().heapUsed
  const kept: unknown[] = []
  for (let time = 0; time < TIMES; time += 1) kept.push(await keep(time))
  collect()
  const held = process.memoryUsage().heapUsed - before
  assert.equal(kept.length, TIMES)
  return held
}

test('a visitor who is remembered does not keep the table of neighbours she was found in', async () => {
  const row = (index: number) =>
    `10.77.${4 + (index >> 8)}.${index & 255}      0x1         0x2         ${macOf(index)}     *        br-lan\n`
  const held = await heldBy(async (time) => {
    const text = `IP address       HW type     Flags       HW address            Mask     Device\n${everyone.map(row).join('')}`
    // As read from the kernel: one flat text.
    const { find } = createNeighbours(async () => parseArpTable(Buffer.from(text).toString('utf8')))
    return find(`10.77.4.${time % 250}`)
  })
  assert.ok(held < OCTETS_MAX, `${held} octets for ${TIMES} addresses`)
})

test('an address that is bound to a visitor does not keep the lease file it was read from', async () => {
  const line = (index: number) => `1763856000 ${macOf(index)} ${addressOf(index)} phone-${index} 01:${macOf(index)}\n`
  const held = await heldBy(async (time) => {
    const { leases } = parseLeases(Buffer.from(everyone.map(line).join('')).toString('utf8'))
    return leases[time]
  })
  assert.ok(held < OCTETS_MAX, `${held} octets for ${TIMES} leases`)
})
