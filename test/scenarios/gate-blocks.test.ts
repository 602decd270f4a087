import assert from 'node:assert/strict'
import { test } from 'node:test'
import { portalStandIn } from '#scripts/network-lab/internet.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { longDownload, probeFrom, reaches, untilArriving, untilStill, waysOut } from '#test/support/phones.ts'

/** Long enough to kill the gate and look, short enough to wait for. */
const SHORT_SECONDS = 12

test('a blocked device meets the portal and nothing else, even while it is admitted', async (t) => {
  const lab = await labFor(t, { phones: 2 })
  if (!lab) return
  const { gate, daemon } = await gateIn(t, lab)
  const { edge, internet, phones } = lab.addresses
  const [one, two] = phones.map(({ mac }) => mac) as [string, string]
  const web = { kind: 'http', address: internet.v4, port: 8080 } as const
  lab.spawn('edge', portalStandIn(8080))
  await gate.admit({ mac: one, clientId: 1, seconds: 600 })
  await gate.admit({ mac: two, clientId: 2, seconds: 600 })
  await until('the portal to answer', () => reaches(lab, 'phone1', { kind: 'http', address: edge.lan4, port: 80 }))

  const downloads = [internet.v4, internet.v6].map((address) => longDownload(lab, 'phone1', address))
  t.after(() => downloads.forEach((download) => download.kill()))
  await untilArriving(lab, 'phone1', 200_000)
  await gate.block([{ mac: one, seconds: 300 }])
  await untilStill(lab, 'phone1', 10_000)

  await t.test('the portal answers, everything else is refused at once', async () => {
    for (const { target, reached } of await probeFrom(lab, 'phone1', waysOut(lab))) {
      const what = `${target.kind}/${target.port ?? ''} to ${target.address}`
      if (target.port === 80) assert.match('answer' in reached ? reached.answer : '', /hello from the portal/, what)
      else assert.ok('failed' in reached, `${what} got through`)
      if (target.kind === 'tcp') assert.deepEqual(reached, { failed: 'ECONNREFUSED' }, what)
    }
    assert.ok(await reaches(lab, 'phone2', web), 'the neighbour goes on')
  })

  await t.test('admitting it anew changes nothing', async () => {
    await gate.admit({ mac: one, clientId: 3, seconds: 600 })
    assert.equal(await reaches(lab, 'phone1', web), false)
  })

  await t.test('it outlives a flushed ruleset and the daemon', async () => {
    await lab.exec('edge', ['nft', 'flush', 'ruleset'])
    await until('the neighbour to be back', () => reaches(lab, 'phone2', web))
    assert.equal(await reaches(lab, 'phone1', web), false)
    await daemon.stop('SIGKILL')
    await lab.startGate()
    await until('the gate to enforce again', () => gate.state() === 'enforcing')
    assert.equal(await reaches(lab, 'phone1', web), false)
    assert.ok(await reaches(lab, 'phone2', web))
  })

  await t.test('a new list replaces the old one as a whole', async () => {
    await gate.block([{ mac: two, seconds: 300 }])
    assert.ok(await reaches(lab, 'phone1', web))
    assert.equal(await reaches(lab, 'phone2', web), false)
    await gate.block([])
    assert.ok(await reaches(lab, 'phone2', web))
  })
})

test('the kernel ends a block by itself: no process is running when the time is up', async (t) => {
  const lab = await labFor(t, { phones: 1 })
  if (!lab) return
  const { gate, daemon } = await gateIn(t, lab)
  const { internet, phones } = lab.addresses
  const web = { kind: 'http', address: internet.v4, port: 8080 } as const
  await gate.block([{ mac: phones[0]!.mac, seconds: SHORT_SECONDS }])
  await gate.admit({ mac: phones[0]!.mac, clientId: 1, seconds: 600 })
  await daemon.stop('SIGKILL')
  assert.equal(await reaches(lab, 'phone1', web), false)
  await until('the block to be over', () => reaches(lab, 'phone1', web), { withinMs: SHORT_SECONDS * 1_000 + 5_000 })
})
