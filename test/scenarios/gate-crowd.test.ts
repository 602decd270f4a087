import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Admission } from '#edge/gate/port.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { gateIn, labFor } from '#test/support/lab.ts'

const CROWD = 300

const admission = (i: number): Admission => ({
  mac: `02:88:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`,
  clientId: i + 1,
  seconds: 600,
  addresses: [`10.77.${4 + (i >> 8)}.${i & 255}`],
  rate: { upKbps: 1_000 + i, downKbps: 0 },
})

test('whoever is admitted or sent away while others are being written gets exactly what was asked', async (t) => {
  const lab = await labFor(t, { phones: 0 })
  if (!lab) return
  const { gate } = await gateIn(t, lab)
  const held = async (name: string, kind = 'set'): Promise<number> => {
    const { stdout } = await lab.exec('edge', ['nft', 'list', kind, 'inet', 'gate', name])
    return stdout.match(/expires/g)?.length ?? 0
  }
  const classes = async (): Promise<number> =>
    (await lab.exec('edge', ['tc', 'class', 'show', 'dev', 'wan0'])).stdout.match(/class htb/g)?.length ?? 0

  // One by one without waiting for the answers, so that they reach the daemon in the middle of each other's transactions.
  await Promise.all(await spread(CROWD, (i) => gate.admit(admission(i))))
  assert.deepEqual(
    [await held('client', 'map'), await held('live'), await held('binding'), await held('bound4', 'map'), await classes()],
    [CROWD, CROWD, CROWD, CROWD, CROWD],
  )

  const leaving = await spread(CROWD, async (i) => {
    if (i % 3 === 0) await gate.evict(admission(i).mac)
    if (i % 3 === 1) await gate.admit({ ...admission(i), seconds: 300 })
    if (i % 3 === 2) await gate.limit({ clientId: i + 1, upKbps: 0, downKbps: 0 })
  })
  await Promise.all(leaving)
  const stay = (CROWD / 3) * 2
  assert.deepEqual([await held('client', 'map'), await held('live'), await held('bound4', 'map')], [stay, stay, stay])

  const { stdout } = await lab.exec('edge', ['nft', 'list', 'map', 'inet', 'gate', 'client'])
  assert.equal(stdout.match(/timeout (5m|4m59s)/g)?.length, CROWD / 3, 'the new time is in force')
  await until('the lifted classes to be gone', async () => (await classes()) === stay)
  assert.equal(gate.state(), 'enforcing')
})

/** Starts them a turn of the event loop apart. */
async function spread(count: number, start: (i: number) => Promise<void>): Promise<Promise<void>[]> {
  const started: Promise<void>[] = []
  for (let i = 0; i < count; i += 1) {
    started.push(start(i))
    await new Promise((resolve) => setImmediate(resolve))
  }
  return started
}
