import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { startAddressGuard } from '#edge/agent/address-guard.ts'
import { parseLeases } from '#edge/agent/lease-file.ts'
import { followLeases } from '#edge/agent/leases.ts'
import type { GateState, Stranger } from '#edge/gate/port.ts'
import type { Notice } from '#edge/wire/notice.ts'
import { seededRandom } from '#scripts/demo-city/random.ts'
import { eventually } from '#test/support/eventually.ts'

const phone = 'a6:00:00:00:00:01'
const other = 'a6:00:00:00:00:02'
const lease = (mac: string, address: string, clientId = `01:${mac}`) => `1790000000 ${mac} ${address} * ${clientId}\n`
const V6 = 'duid 00:01:00:01:2c:aa:bb:cc:a6:00:00:00:00:01\n1790000000 10923 fd00:77::1a2 * 00:01:00:01:2c:aa:bb:cc:a6:00:00:00:00:01\n'

test('leases are read as dnsmasq writes them: IPv4 by device, IPv6 and expiry left aside', () => {
  const text = lease(phone, '10.77.0.10') + `0 ${other} 10.77.0.11 printer *\n` + V6
  assert.deepEqual(parseLeases(text), {
    leases: [
      { mac: phone, address: '10.77.0.10', clientId: `01:${phone}` },
      { mac: other, address: '10.77.0.11', clientId: '*' },
    ],
    whole: true,
  })
  assert.deepEqual(parseLeases(''), { leases: [], whole: true })
})

test('1,000 damaged lease files: never a crash, and never an address that is none', () => {
  const whole = Buffer.from(Array.from({ length: 20 }, (_, i) => lease(phone, `10.77.0.${i}`)).join('') + V6)
  const random = seededRandom(4)
  for (let i = 0; i < 1_000; i++) {
    const text = Buffer.from(whole)
    for (let n = 0; n < 5; n++) text[Math.floor(random() * text.length)] = Math.floor(random() * 256)
    const { leases } = parseLeases(text.subarray(0, Math.floor(random() * text.length)).toString('latin1'))
    for (const { mac, address } of leases) {
      assert.match(mac, /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/)
      assert.match(address, /^\d{1,3}(\.\d{1,3}){3}$/)
    }
  }
})

test('a lease is known soon after dnsmasq wrote it, whether it wrote over the file or replaced it', async (t) => {
  const { file, leases } = await openLeases(t)
  assert.deepEqual(leases.addressesOf(phone), [])
  writeFileSync(file, lease(phone, '10.77.0.10'))
  await eventually('the first lease', () => leases.addressesOf(phone)[0] === '10.77.0.10')
  appendFileSync(file, lease(other, '10.77.0.11'))
  await eventually('the second lease', () => leases.addressesOf(other)[0] === '10.77.0.11')
  writeFileSync(`${file}.new`, lease(phone, '10.77.0.12'))
  renameSync(`${file}.new`, file)
  await eventually('the renewed lease', () => leases.addressesOf(phone)[0] === '10.77.0.12')
  assert.deepEqual(leases.addressesOf(other), [])
})

test('a file caught half-way is read again, and one that goes away takes nobody’s address', async (t) => {
  const { file, leases } = await openLeases(t, lease(phone, '10.77.0.10'))
  const half = lease(phone, '10.77.0.10') + lease(other, '10.77.0.11').slice(0, 30)
  writeFileSync(file, half)
  await leases.refresh()
  assert.deepEqual(leases.addressesOf(other), [])
  appendFileSync(file, lease(other, '10.77.0.11').slice(30))
  await leases.refresh()
  assert.deepEqual(leases.addressesOf(other), ['10.77.0.11'])
  rmSync(file)
  await leases.refresh()
  assert.deepEqual(leases.addressesOf(phone), ['10.77.0.10'])
  assert.equal(leases.complaints.length, 0)
})

test('a file that cannot be a lease file is left unread, and said once', async (t) => {
  const { file, leases } = await openLeases(t, lease(phone, '10.77.0.10'))
  truncateSync(file, 64 * 1024 * 1024)
  for (let i = 0; i < 3; i++) await leases.refresh()
  assert.deepEqual(leases.addressesOf(phone), ['10.77.0.10'])
  assert.equal(leases.complaints.length, 1)
})

test('who takes a lease under a device’s MAC but another DHCP identity does not get its name', async (t) => {
  const { file, leases, time } = await openLeases(t, lease(phone, '10.77.0.10'))
  writeFileSync(file, lease(phone, '10.77.0.10') + lease(phone, '10.77.0.66', 'ff:66'))
  await leases.refresh()
  assert.deepEqual(leases.addressesOf(phone), ['10.77.0.10'])
  // The true one released, as a forged DHCPRELEASE would have it.
  writeFileSync(file, lease(phone, '10.77.0.66', 'ff:66'))
  await leases.refresh()
  assert.deepEqual(leases.addressesOf(phone), [])
  time.at += 2 * 3_600_000
  await leases.refresh()
  assert.deepEqual(leases.addressesOf(phone), ['10.77.0.66'], 'hours later it is somebody in its own right')
})

test('an admitted device that DHCP gave another address goes on with it; a borrowed address is told once', async (t) => {
  const { file, leases } = await openLeases(t, lease(phone, '10.77.0.10'))
  const box = openGuard(t, leases)
  writeFileSync(file, lease(phone, '10.77.0.20'))
  box.strangers = [{ mac: phone, address: '10.77.0.20' }]
  await box.guard.look()
  assert.deepEqual(box.rebound, [[phone, ['10.77.0.20']]])
  assert.deepEqual(box.told, [])

  box.strangers = [{ mac: phone, address: '10.77.0.99' }]
  for (let i = 0; i < 3; i++) await box.guard.look()
  assert.deepEqual(box.told, [{ kind: 'address-spoofed', device: 'pseudonym of 01' }])
  assert.equal(box.rebound.length, 1)
  box.strangers = []
  await box.guard.look()
  box.strangers = [{ mac: phone, address: '10.77.0.99' }]
  await box.guard.look()
  assert.equal(box.told.length, 2, 'it came back')
})

test('what a device says before it has an address accuses nobody', async (t) => {
  const { leases } = await openLeases(t)
  const box = openGuard(t, leases)
  box.strangers = [
    { mac: phone, address: '0.0.0.0' },
    { mac: other, address: '169.254.7.7' },
  ]
  await box.guard.look()
  assert.deepEqual([box.told, box.rebound], [[], []])
})

test('a gate that fails while it is asked takes nothing down, and one that is away is not asked', async (t) => {
  const { leases } = await openLeases(t)
  const box = openGuard(t, leases)
  box.state = 'failed'
  await box.guard.look()
  assert.equal(box.asked, 0)
  box.state = 'enforcing'
  box.fails = true
  await box.guard.look()
  assert.equal(box.said.length, 1)
})

async function openLeases(t: TestContext, text?: string) {
  const folder = mkdtempSync(join(tmpdir(), 'leases-'))
  const file = join(folder, 'leases')
  if (text !== undefined) writeFileSync(file, text)
  const time = { at: 0 }
  const complaints: string[] = []
  const leases = await followLeases(
    file,
    (line) => complaints.push(line),
    () => time.at,
  )
  t.after(() => {
    leases.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return { file, leases: { ...leases, complaints }, time }
}

function openGuard(t: TestContext, leases: Awaited<ReturnType<typeof followLeases>>) {
  const told: Omit<Notice, 'count'>[] = []
  const rebound: [string, string[]][] = []
  const said: string[] = []
  const box = { told, rebound, said, strangers: [] as Stranger[], state: 'enforcing' as GateState, fails: false, asked: 0 }
  const guard = startAddressGuard({
    gate: {
      state: () => box.state,
      async strangers() {
        box.asked++
        if (box.fails) throw new Error('the gate went away')
        return box.strangers
      },
    },
    leases,
    rebind: (mac, addresses) => void rebound.push([mac, addresses]),
    notices: { tell: (kind, of) => void told.push({ kind, ...of }) },
    pseudonym: (mac) => `pseudonym of ${mac.slice(-2)}`,
    log: (line) => said.push(line),
  })
  t.after(() => guard.close())
  return Object.assign(box, { guard })
}
