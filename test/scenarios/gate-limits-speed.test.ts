import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectGate } from '#edge/gate/client.ts'
import type { Lab } from '#scripts/network-lab/lab.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { gateIn, labFor } from '#test/support/lab.ts'

/** How long a transfer is watched: enough for the burst at its beginning not to matter. */
const SECONDS = 2
const KBPS = 2_000

/** 2 Mbit/s for 2 s is half a megabyte; unlimited, even a very busy machine moves many times that. */
const LIMITED_OCTETS_MAX = 2_000_000
const UNLIMITED_OCTETS_MIN = 4_000_000

test('a limit holds for one client, in both directions and both families, until it is lifted', async (t) => {
  const lab = await labFor(t, { phones: 2 })
  if (!lab) return
  const { gate, daemon } = await gateIn(t, lab)
  const { internet, phones } = lab.addresses
  await gate.admit({ mac: phones[0]!.mac, clientId: 1, seconds: 300 })
  await gate.admit({ mac: phones[1]!.mac, clientId: 0xabc, seconds: 300 })
  await gate.limit({ clientId: 0xabc, upKbps: KBPS, downKbps: KBPS })

  for (const address of [internet.v4, `[${internet.v6}]`]) {
    assert.ok((await transferred(lab, 'phone2', 'down', address)) < LIMITED_OCTETS_MAX, `down from ${address}`)
    assert.ok((await transferred(lab, 'phone2', 'up', address)) < LIMITED_OCTETS_MAX, `up to ${address}`)
  }
  assert.ok((await transferred(lab, 'phone1', 'down', internet.v4)) > UNLIMITED_OCTETS_MIN, 'the neighbour is not slowed down')

  await t.test('it outlives the daemon', async () => {
    await daemon.stop('SIGKILL')
    await lab.startGate()
    assert.ok((await transferred(lab, 'phone2', 'down', internet.v4)) < LIMITED_OCTETS_MAX)
  })

  await t.test('and goes when it is lifted', async () => {
    await assert.doesNotReject(async () => {
      for (;;) {
        try {
          return await gate.limit({ clientId: 0xabc, upKbps: 0, downKbps: 0 })
        } catch (error) {
          if (!/does not answer/.test(String(error))) throw error
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
      }
    })
    assert.ok((await transferred(lab, 'phone2', 'down', internet.v4)) > UNLIMITED_OCTETS_MIN)
    assert.ok((await transferred(lab, 'phone2', 'up', internet.v4)) > UNLIMITED_OCTETS_MIN)
  })

  await t.test('nobody can be limited who is not admitted', async () => {
    await assert.rejects(gate.limit({ clientId: 77, upKbps: 1, downKbps: 1 }), /not admitted/)
  })
})

test('a limit that comes with the admission holds from the first packet and outlives everything but its end', async (t) => {
  const lab = await labFor(t, { phones: 1 })
  if (!lab) return
  const { gate, daemon } = await gateIn(t, lab)
  const { internet, phones } = lab.addresses
  const { mac } = phones[0]!
  const rate = { upKbps: KBPS, downKbps: KBPS }
  const down = (): Promise<number> => transferred(lab, 'phone1', 'down', internet.v4)
  const classes = async (): Promise<number> => {
    const shown = await Promise.all(['wan0', 'br-lan'].map((device) => lab.exec('edge', ['tc', 'class', 'show', 'dev', device])))
    return shown.reduce((sum, { stdout }) => sum + (stdout.match(/class htb/g)?.length ?? 0), 0)
  }

  await gate.admit({ mac, clientId: 7, seconds: 300, rate })
  assert.ok((await down()) < LIMITED_OCTETS_MAX)
  assert.ok((await transferred(lab, 'phone1', 'up', `[${internet.v6}]`)) < LIMITED_OCTETS_MAX)

  await t.test('admitted again or reconciled without a word about it, it stays', async () => {
    await gate.admit({ mac, clientId: 7, seconds: 300 })
    await gate.reconcile([{ mac, clientId: 7, seconds: 300 }])
    assert.equal(await classes(), 2)
    assert.ok((await down()) < LIMITED_OCTETS_MAX)
  })

  await t.test('a queue that is taken away is put back with its classes', async () => {
    for (const device of ['wan0', 'br-lan']) await lab.exec('edge', ['tc', 'qdisc', 'del', 'dev', device, 'root'])
    assert.equal(await classes(), 0)
    await until('the classes to be back', async () => (await classes()) === 2)
    assert.ok((await down()) < LIMITED_OCTETS_MAX)
  })

  await t.test('the next one starts in place even where the queue was taken away a moment ago', async () => {
    for (const device of ['wan0', 'br-lan']) await lab.exec('edge', ['tc', 'qdisc', 'del', 'dev', device, 'root'])
    await gate.admit({ mac, clientId: 7, seconds: 300, rate: { upKbps: KBPS - 1, downKbps: KBPS - 1 } })
    assert.ok((await down()) < LIMITED_OCTETS_MAX)
  })

  await t.test('a new daemon takes it over', async () => {
    await daemon.stop('SIGKILL')
    await lab.startGate()
    const next = connectGate({ socket: daemon.socket })
    t.after(() => next.close())
    await until('the gate to enforce again', () => next.state() === 'enforcing')
    await next.reconcile([{ mac, clientId: 7, seconds: 300 }])
    assert.ok((await down()) < LIMITED_OCTETS_MAX)
  })

  await t.test('another owner of the number starts without it, and 0 in both directions lifts it', async () => {
    await until('the gate to enforce again', () => gate.state() === 'enforcing')
    await gate.admit({ mac, clientId: 8, seconds: 300, rate: { upKbps: 0, downKbps: KBPS } })
    assert.ok((await down()) < LIMITED_OCTETS_MAX)
    assert.ok((await transferred(lab, 'phone1', 'up', internet.v4)) > UNLIMITED_OCTETS_MIN, 'a direction without a limit has none')
    await gate.admit({ mac: '02:77:00:00:00:77', clientId: 7, seconds: 300 })
    assert.equal(await classes(), 1)
    await gate.admit({ mac, clientId: 8, seconds: 300, rate: { upKbps: 0, downKbps: 0 } })
    assert.equal(await classes(), 0)
    assert.ok((await down()) > UNLIMITED_OCTETS_MIN)
  })
})

/** Octets of payload that moved within SECONDS. */
async function transferred(lab: Lab, phone: 'phone1' | 'phone2', direction: 'up' | 'down', host: string): Promise<number> {
  const common = ['curl', '--silent', '--max-time', String(SECONDS), '--limit-rate', '20M', '--output', '/dev/null']
  const argv =
    direction === 'down'
      ? [...common, '--write-out', '%{size_download}', `http://${host}:8080/big`]
      : [...common, '--write-out', '%{size_upload}', '--header', 'Expect:', '--upload-file', '/dev/zero', `http://${host}:8080/upload`]
  const { stdout } = await lab.exec(phone, argv)
  return Number(stdout)
}
