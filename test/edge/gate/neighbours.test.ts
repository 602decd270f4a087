import { test } from 'node:test'
import assert from 'node:assert/strict'
import { createNeighbours, misplaced, parseArpTable } from '#edge/gate/neighbours.ts'

const MAC = '02:77:00:00:00:11'

const TABLE = `IP address       HW type     Flags       HW address            Mask     Device
10.77.0.11       0x1         0x2         02:77:00:00:00:11     *        br-lan
10.77.0.12       0x1         0x0         00:00:00:00:00:00     *        br-lan
10.77.0.13       0x1         0x6         02:77:00:00:00:13     *        br-lan
198.51.100.10    0x1         0x2         02:77:00:00:00:99     *        wan0
`

test('the IPv4 table tells complete and permanent neighbours of the LAN, and no others', () => {
  assert.deepEqual(
    [...parseArpTable(TABLE, 'br-lan')],
    [
      ['10.77.0.11', MAC],
      ['10.77.0.13', '02:77:00:00:00:13'],
    ],
  )
  assert.equal(parseArpTable(TABLE).get('198.51.100.10'), '02:77:00:00:00:99')
  assert.equal(parseArpTable('').size, 0)
})

test('a crowd that asks at once is answered from one read of the table', async () => {
  let reads = 0
  const { find } = createNeighbours(async () => {
    reads += 1
    return new Map([['10.77.0.11', MAC]])
  })
  const answers = await Promise.all(Array.from({ length: 500 }, () => find('10.77.0.11')))
  assert.ok(answers.every((mac) => mac === MAC))
  assert.equal(reads, 1)
  await find('10.77.0.11')
  assert.equal(reads, 1, 'what was read a moment ago still holds')
})

test('a device that came after the last read is found, for the table is read again before it is called unknown', async () => {
  const table = new Map([['10.77.0.11', MAC]])
  const { find } = createNeighbours(async () => new Map(table))
  await find('10.77.0.11')
  table.set('10.77.0.12', '02:77:00:00:00:12')
  assert.equal(await find('10.77.0.12'), '02:77:00:00:00:12')
})

test('a read under way does not count for who asked after it began', async () => {
  const reads: ((table: Map<string, string>) => void)[] = []
  const { find } = createNeighbours(() => new Promise((resolve) => reads.push(resolve)))
  const early = find('10.77.0.11')
  while (reads.length === 0) await Promise.resolve()
  const late = find('10.77.0.12')
  reads[0]?.(new Map([['10.77.0.11', MAC]]))
  assert.equal(await early, MAC)
  while (reads.length < 2) await new Promise((resolve) => setImmediate(resolve))
  reads[1]?.(new Map([['10.77.0.12', MAC]]))
  assert.equal(await late, MAC)
})

test('a flood of strangers has the table read together, not once for each', async () => {
  let reads = 0
  const { find } = createNeighbours(async () => {
    reads += 1
    return new Map()
  })
  await Promise.all(Array.from({ length: 1_000 }, (_, index) => find(`10.77.1.${index}`)))
  assert.ok(reads <= 3, `${reads} reads`)
})

test('a table that cannot be read is an error for who asked, and is tried again for the next', async () => {
  let broken = true
  const { find } = createNeighbours(async () => {
    if (broken) throw new Error('no table')
    return new Map([['10.77.0.11', MAC]])
  })
  await assert.rejects(find('10.77.0.11'), /no table/)
  broken = false
  assert.equal(await find('10.77.0.11'), MAC)
})

test('an address is put right where it is believed to be with a device that has no right to it', () => {
  const [a, b, stranger] = ['02:00:00:00:00:0a', '02:00:00:00:00:0b', '02:00:00:00:00:99'] as const
  const bound = new Map([
    [a, ['10.0.0.1', '10.0.0.2', '10.0.0.3']],
    [b, ['10.0.0.3']],
  ])
  const known = new Map([
    ['10.0.0.1', stranger],
    ['10.0.0.2', a],
    ['10.0.0.3', b],
    ['10.0.0.9', stranger],
  ])
  assert.deepEqual(misplaced(known, [a, b, stranger], bound), [{ mac: a, address: '10.0.0.1' }])
  assert.deepEqual(misplaced(new Map(), [a], bound), [], 'whom the kernel does not know yet it will ask for')
})
