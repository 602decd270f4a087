import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Lab } from '#scripts/network-lab/lab.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { probeFrom, reaches } from '#test/support/phones.ts'
import { countArrivals } from '#test/support/wire.ts'

const CONNECTIONS_MAX = 16
const TRIED = 40

/** Addresses of the city's own network, as a garden name might be made to lead to. */
const PRIVATE = ['10.99.0.1', '192.168.99.1']

test('the walled garden is a few https connections per device, to public addresses, charged to nobody', async (t) => {
  const lab = await labFor(t, { phones: 2 })
  if (!lab) return
  const { gate } = await gateIn(t, lab)
  const { internet, phones } = lab.addresses
  const open = async (set: 'garden4' | 'garden6', ...addresses: string[]): Promise<void> => {
    const { code } = await lab.exec('edge', ['nft', 'add', 'element', 'inet', 'gate', set, `{ ${addresses.join(', ')} }`])
    assert.equal(code, 0)
  }
  await open('garden4', internet.v4, ...PRIVATE)
  await open('garden6', internet.v6)
  const https = [internet.v4, internet.v6].map((address) => ({ kind: 'tcp', address, port: 443 }) as const)
  for (const { target, reached } of await probeFrom(lab, 'phone1', https)) assert.ok('answer' in reached, target.address)

  await t.test('one device holds a few connections, its neighbour as many', async () => {
    for (const phone of ['phone1', 'phone2'] as const) {
      const held = await holdConnections(lab, phone, internet.v4)
      assert.ok(held > 4 && held <= CONNECTIONS_MAX, `${held} connections of ${phone}`)
    }
  })

  await t.test('private addresses stay shut, whatever name led there', async () => {
    const arrivals = await countArrivals(lab, 'internet', { inside: `ip daddr { ${PRIVATE.join(', ')} }` })
    const targets = PRIVATE.map((address) => ({ kind: 'tcp', address, port: 443 }) as const)
    for (const { target, reached } of await probeFrom(lab, 'phone2', targets))
      assert.deepEqual(reached, { failed: 'ECONNREFUSED' }, target.address)
    assert.deepEqual(await arrivals.packets(), { inside: 0 })
  })

  await t.test('a blocked device has no garden', async () => {
    await gate.block([{ mac: phones[1]!.mac, seconds: 300 }])
    for (const target of https) assert.equal(await reaches(lab, 'phone2', target), false)
    await gate.block([])
    await until('the garden to be back', () => reaches(lab, 'phone2', https[0]!))
  })

  await t.test('it is charged to nobody, and after the login to who is admitted', async () => {
    assert.deepEqual(await gate.counters(), [])
    await gate.admit({ mac: phones[1]!.mac, clientId: 2, seconds: 300 })
    assert.ok(await reaches(lab, 'phone2', https[0]!))
    const [counted] = await gate.counters()
    assert.ok(counted && counted.clientId === 2 && counted.upOctets > 0 && counted.downOctets > 0)
  })
})

/** @returns how many of TRIED connections to port 443 were let in while all are kept open. */
async function holdConnections(lab: Lab, phone: 'phone1' | 'phone2', address: string): Promise<number> {
  const { stdout } = await lab.exec(phone, [process.execPath, '--input-type=module', '-e', HOLD, address, String(TRIED)])
  return Number(stdout)
}

const HOLD = `
import { connect } from 'node:net'
const [address, tried] = process.argv.slice(1)
const one = () => new Promise((resolve) => {
  const socket = connect({ host: address, port: 443, allowHalfOpen: true })
  socket.on('connect', () => resolve(1))
  socket.on('error', () => resolve(0))
})
let held = 0
for (let i = 0; i < Number(tried); i += 1) held += await one()
console.log(held)
process.exit()
`
