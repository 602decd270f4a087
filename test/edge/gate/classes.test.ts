import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClasses } from '#edge/gate/classes.ts'
import { allElements, changedElements } from '#edge/gate/elements.ts'
import { emptyHoldings, hold, setLimit, takeChanges, type Limit } from '#edge/gate/holdings.ts'

const A = '02:00:00:00:00:0a'
const B = '02:00:00:00:00:0b'
const SLOW = { upKbps: 500, downKbps: 500 }
const FAST = { upKbps: 5_000, downKbps: 5_000 }

/** tc as the gate sees it, with a switch for the day it fails: no kernel here refuses a class that is well made. */
function shaping() {
  const made = new Map<number, Limit>()
  const holdings = emptyHoldings()
  const tc = {
    fails: false,
    async set(limits: Map<number, Limit>) {
      if (tc.fails) throw new Error('tc ended with 2')
      limits.forEach((limit, id) => made.set(id, limit))
    },
    async clear(ids: number[]) {
      ids.forEach((id) => made.delete(id))
    },
    read: async () => new Map(made),
  }
  const said: string[] = []
  return { made, holdings, tc, said, classes: createClasses(tc, holdings, { now: () => 1_000, log: (line) => said.push(line) }) }
}

test('who comes with a limit that cannot be set is not let in, and the others are', async () => {
  const { holdings, tc, classes } = shaping()
  tc.fails = true
  hold(holdings, { mac: A, clientId: 1, seconds: 60, rate: SLOW }, 0)
  hold(holdings, { mac: B, clientId: 2, seconds: 60 }, 0)
  const changes = takeChanges(holdings)
  assert.deepEqual([...(await classes.make(changes.ids))], [[1, 'tc ended with 2']])
  const { text } = changedElements(holdings, changes, 1_000)
  assert.doesNotMatch(text, new RegExp(A))
  assert.match(text, new RegExp(`client \\{ ${B} `))
})

test('who is online and gets a limit that cannot be set stays online with the one before', async () => {
  const { holdings, tc, classes } = shaping()
  hold(holdings, { mac: A, clientId: 1, seconds: 60, rate: FAST }, 0)
  await classes.make(takeChanges(holdings).ids)
  allElements(holdings, 0).settle()
  tc.fails = true
  setLimit(holdings, 1, SLOW, 1)
  assert.equal((await classes.make(takeChanges(holdings).ids)).size, 1)
  assert.deepEqual(holdings.byId.get(1)?.limit, FAST)
  assert.match(allElements(holdings, 1_000).text, new RegExp(`client \\{ ${A} `))
})

test('classes are made once, cleared with their limit, and set again when the kernel lost them', async () => {
  const { made, holdings, classes, said } = shaping()
  hold(holdings, { mac: A, clientId: 1, seconds: 60, rate: SLOW }, 0)
  await classes.makeAll()
  assert.deepEqual([...made], [[1, SLOW]])
  made.clear()
  await classes.makeAll()
  assert.equal(made.size, 0, 'what was made is not made again for nothing')
  await classes.restore()
  assert.deepEqual([...made], [[1, SLOW]])
  assert.match(said.join(), /set(ting)? them again/)
  setLimit(holdings, 1, undefined, 1)
  await classes.clear([1])
  assert.equal(made.size, 0)
})

test('the classes an earlier daemon left are known, and cleared when nobody holds them', async () => {
  const { made, holdings, classes } = shaping()
  made.set(1, SLOW).set(2, FAST)
  await classes.takeOver()
  hold(holdings, { mac: A, clientId: 1, seconds: 60, rate: SLOW }, 0)
  await classes.clear(holdings.kernel.shaped.keys())
  assert.deepEqual([...made.keys()], [1])
})
