import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gateIn, labFor } from '#test/support/lab.ts'
import { curl, longDownload, probeFrom, reaches, untilArriving, untilStill, waysOut } from '#test/support/phones.ts'

/** Lookups under a loaded machine; the gate itself needs milliseconds. */
const STOPS_WITHIN_MS = 10_000

test('the gate opens for one device, whatever address it uses, and for no other', async (t) => {
  const lab = await labFor(t, { phones: 2 })
  if (!lab) return
  const { gate } = await gateIn(t, lab)
  const { internet, phones } = lab.addresses
  const privacyAddress = 'fd77:0:0:77:a1b2:c3d4:e5f6:1'
  await lab.exec('phone1', ['ip', 'address', 'add', `${privacyAddress}/64`, 'dev', 'eth0', 'nodad'])
  await gate.admit({ mac: phones[0]!.mac, clientId: 42, seconds: 300 })

  assert.match(await curl(lab, 'phone1', 'http://internet.test/hello'), /hello from the internet/)
  const web = { kind: 'http', address: internet.v6, port: 8080 } as const
  assert.ok(await reaches(lab, 'phone1', { ...web, from: phones[0]!.v6 }))
  assert.ok(await reaches(lab, 'phone1', { ...web, from: privacyAddress }), 'a second IPv6 address follows the device')

  for (const { target, reached } of await probeFrom(lab, 'phone2', waysOut(lab))) {
    assert.ok('failed' in reached, `phone 2: ${target.kind}/${target.port ?? ''} to ${target.address} got through`)
  }

  await t.test('the device behind an address is known in every spelling', async () => {
    assert.equal(await gate.whoHas(phones[0]!.v4), phones[0]!.mac)
    assert.equal(await gate.whoHas(`::ffff:${phones[0]!.v4}`), phones[0]!.mac)
    assert.equal(await gate.whoHas(phones[0]!.v6), phones[0]!.mac)
    assert.equal(await gate.whoHas(privacyAddress), phones[0]!.mac)
    assert.equal(await gate.whoHas('10.77.0.99'), undefined)
    assert.equal(await gate.whoHas('fd77:0:0:77::99'), undefined)
  })

  await t.test('the same address on another device stays shut', async () => {
    await lab.exec('phone1', ['ip', 'link', 'set', 'eth0', 'down'])
    await lab.exec('phone2', ['ip', 'address', 'add', `${phones[0]!.v4}/24`, 'dev', 'eth0'])
    const stolen = { kind: 'http', address: internet.v4, port: 8080, from: phones[0]!.v4 } as const
    assert.equal(await reaches(lab, 'phone2', stolen), false)
  })
})

test('a running download stops when the visitor is sent away, and so does a stream that needs no answer', async (t) => {
  const lab = await labFor(t, { phones: 1 })
  if (!lab) return
  const { gate } = await gateIn(t, lab)
  const { internet, phones } = lab.addresses
  const { mac } = phones[0]!

  for (const address of [internet.v4, internet.v6]) {
    await gate.admit({ mac, clientId: 7, seconds: 300 })
    const download = longDownload(lab, 'phone1', address)
    await untilArriving(lab, 'phone1', 200_000)
    await gate.evict(mac)
    await untilStill(lab, 'phone1', STOPS_WITHIN_MS)
    download.kill()
    assert.notEqual(download.exitCode, 0, 'the download was cut, not finished')
  }

  await gate.admit({ mac, clientId: 7, seconds: 300 })
  const stream = { kind: 'udp', address: internet.v4, port: 5004 } as const
  assert.ok(await reaches(lab, 'phone1', stream), 'the stream begins')
  await untilArriving(lab, 'phone1')
  await gate.evict(mac)
  await untilStill(lab, 'phone1', STOPS_WITHIN_MS)
})

test('the kernel ends a session by itself: no process is running when the time is up', async (t) => {
  const lab = await labFor(t, { phones: 1 })
  if (!lab) return
  const { gate, daemon } = await gateIn(t, lab)
  const { internet, phones } = lab.addresses
  await gate.admit({ mac: phones[0]!.mac, clientId: 7, seconds: 6 })
  const download = longDownload(lab, 'phone1', internet.v4)
  await reaches(lab, 'phone1', { kind: 'udp', address: internet.v4, port: 5004 })
  await daemon.stop('SIGKILL')
  await untilArriving(lab, 'phone1', 100_000)
  await untilStill(lab, 'phone1', 6_000 + STOPS_WITHIN_MS)
  download.kill()
  assert.notEqual(download.exitCode, 0, 'the download was cut, not finished')
  assert.equal(await reaches(lab, 'phone1', { kind: 'http', address: internet.v4, port: 8080 }), false)
})

test('admitting again sets the time anew, longer or shorter', async (t) => {
  const lab = await labFor(t, { phones: 1 })
  if (!lab) return
  const { gate } = await gateIn(t, lab)
  const { internet, phones } = lab.addresses
  const { mac } = phones[0]!
  const secondsLeft = async (): Promise<number> => {
    const { stdout } = await lab.exec('edge', ['nft', '-j', 'list', 'map', 'inet', 'gate', 'client'])
    return Number(/"expires": (\d+)/.exec(stdout)?.[1])
  }
  await gate.admit({ mac, clientId: 7, seconds: 60 })
  await gate.admit({ mac, clientId: 7, seconds: 3_000 })
  assert.ok((await secondsLeft()) > 2_900)
  await gate.admit({ mac, clientId: 7, seconds: 60 })
  assert.ok((await secondsLeft()) <= 60)
  assert.ok(await reaches(lab, 'phone1', { kind: 'http', address: internet.v4, port: 8080 }))
})
