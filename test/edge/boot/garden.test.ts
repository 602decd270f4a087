import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { createGarden, FORGET_AGAIN_MS } from '#edge/boot/garden.ts'

test('a garden that loses a name is forgotten at once and once more, as dnsmasq still answers by the old list for a moment', async (t) => {
  const { garden, asked, later } = gardenHere(t)
  garden.use(['a.id', 'b.id'])
  await later(10)
  assert.equal(asked(), 2, 'what an earlier run had opened is not known')
  garden.use(['b.id', 'c.id'])
  assert.equal(asked(), 3)
  await later(1)
  assert.equal(asked(), 4)
  await later(10)
  assert.equal(asked(), 4)
})

test('a garden that stays or grows is not forgotten: nobody who is on a page of it loses it', async (t) => {
  const { garden, asked, later } = gardenHere(t)
  garden.use(['a.id'])
  await later(10)
  const before = asked()
  garden.use(['a.id'])
  garden.use(['b.id', 'a.id'])
  await later(10)
  assert.equal(asked(), before)
})

test('a gate that is away is asked until it has forgotten twice, with one line about it, and not after the box is stopped', async (t) => {
  const { garden, gate, asked, later, said } = gardenHere(t)
  gate.away = true
  garden.use([])
  await later(5)
  gate.away = false
  await later(10)
  assert.equal(asked(), 8)
  assert.equal(said.length, 1)
  gate.away = true
  garden.use(['a.id'])
  garden.use([])
  garden.close()
  await later(10)
  assert.equal(asked(), 9)
})

test('changes that follow one another closely end in two forgettings after the last', async (t) => {
  const { garden, asked, later } = gardenHere(t)
  garden.use(['a.id', 'b.id', 'c.id'])
  garden.use(['a.id', 'b.id'])
  garden.use(['a.id'])
  assert.equal(asked(), 3)
  await later(10)
  assert.equal(asked(), 4)
})

test('a list that could not be written closes nothing, since dnsmasq goes on by the one before', async (t) => {
  const { garden, file, asked, later } = gardenHere(t)
  garden.use(['a.id', 'b.id'])
  await later(10)
  const before = asked()
  file.full = true
  garden.use(['a.id'])
  await later(10)
  assert.equal(asked(), before)
  file.full = false
  garden.use(['a.id', 'c.id'])
  assert.equal(asked(), before + 1, 'b.id is gone now')
})

function gardenHere(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const gate = { away: false }
  const file = { full: false, says: 'a list of an earlier version' }
  const said: string[] = []
  let asked = 0
  const garden = createGarden({
    files: {
      garden(domains) {
        const text = domains.join()
        if (file.full || text === file.says) return false
        file.says = text
        return true
      },
    },
    gate: {
      async forgetGarden() {
        asked += 1
        if (gate.away) throw new Error('the gate daemon went away')
      },
    },
    log: (line) => said.push(line),
  })
  return {
    garden,
    gate,
    file,
    said,
    asked: () => asked,
    async later(rounds: number) {
      for (let i = 0; i < rounds; i += 1) {
        // The answer first, then the time until the next try.
        await new Promise((resolve) => setImmediate(resolve))
        t.mock.timers.tick(FORGET_AGAIN_MS)
      }
    },
  }
}
