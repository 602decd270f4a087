/**
 * The city changes what its hotspots offer: from the NOC's door to the phone that feels it, over a restart without central,
 * and with the box's own copy of it damaged.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { HotspotPage } from '#central/noc/api.ts'
import type { PolicyDraft, PolicyView, Rollout } from '#central/noc/policy/api.ts'
import { GARDEN_FILE } from '#edge/config.ts'
import { dnsFacts } from '#scripts/network-lab/dns.ts'
import { NAMES } from '#scripts/network-lab/internet.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { eventually } from '#test/support/eventually.ts'
import { freePort } from '#test/support/free-port.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { reaches } from '#test/support/phones.ts'
import { cityFor, NODE, startBox, writeBoxConfig } from '#test/support/product.ts'
import { signInByCode } from '#test/support/staff.ts'
import { getOnline, getPage, isOnline, secondsLeft } from '#test/support/visitor.ts'

const BUILT_IN_SECONDS = 3_000
const CITY_SECONDS = 300
const NOTE = 'Diblokir Kominfo sampai besok'

test('what the city decides reaches the phones, and outlives central, the box and a damaged card', { timeout: 120_000 }, async (t) => {
  const lab = await labFor(t, { phones: 2 })
  if (!lab) return
  await gateIn(t, lab)
  const host = lab.addresses.host.management
  const [webPort, mqttPort] = [await freePort(), await freePort(host)]
  const city = await cityFor(t, { host, webPort, mqttPort })
  const config = await writeBoxConfig(lab, city, `mqtts://${host}:${mqttPort}`, {
    sessionSeconds: BUILT_IN_SECONDS,
    watchSeconds: 1,
    everySeconds: 2,
    withDnsmasq: true,
  })
  await city.startCentral()
  const admin = await signInByCode(city.origin, city.adminCode, { username: 'sri', name: 'Sri' })
  let box = await startBox(lab, config)
  t.after(() => box.end('SIGKILL'))
  const outside = { kind: 'http', address: lab.addresses.internet.v4, port: 8080 } as const
  const settingsFile = join(city.dir, 'edge', 'settings.json')
  const gardenFile = join(dnsFacts(lab.claim).folder, GARDEN_FILE)
  const [, phone2] = lab.addresses.phones
  const put = async (change: (document: PolicyDraft) => PolicyDraft): Promise<number> => {
    const { version, document } = await admin.get<PolicyView>('/api/noc/policy')
    const answer = await fetch(`${city.origin}/api/noc/policy`, {
      method: 'PUT',
      headers: { origin: city.origin, cookie: admin.cookie(), 'content-type': 'application/json' },
      body: JSON.stringify({ version, document: change(document) }),
    })
    const text = await answer.text()
    assert.equal(answer.status, 200, text)
    return (JSON.parse(text) as { version: number }).version
  }
  const applied = (version: number) =>
    until('the box to report that it runs by it', async () => {
      const rollout = await admin.get<Rollout>('/api/noc/policy/rollout')
      return rollout.version === version && rollout.counts.applied === 1
    })

  const isBlocked = async () => (await getPage(lab, 'phone2', '/')).includes(NOTE)

  await t.test('a new policy shortens the session that runs, shuts out whom it blocks, and opens the garden', async () => {
    await getOnline(lab, 'phone1')
    assert.ok((await secondsLeft(lab, 'phone1')) > CITY_SECONDS)
    const version = await put((document) => ({
      ...document,
      groups: document.groups.map((group) =>
        group.name === document.publicGroup ? { ...group, watchSeconds: 1, sessionSeconds: CITY_SECONDS } : group,
      ),
      block: [{ mac: phone2!.mac, until: Date.now() + 86_400_000, note: NOTE, where: { city: true } }],
      garden: [NAMES.garden],
    }))
    await applied(version)
    assert.ok((await secondsLeft(lab, 'phone1')) <= CITY_SECONDS)
    assert.ok(await isBlocked())
    assert.match(readFileSync(gardenFile, 'utf8'), new RegExp(NAMES.garden.replaceAll('.', '\\.')))
  })

  await t.test('the NOC reads in the box’s own words that it took them', async () => {
    const kinds = async () => (await admin.get<HotspotPage>(`/api/noc/hotspots/${NODE}`)).notices.map(({ kind }) => kind).toSorted()
    await until('both notices', async () => (await kinds()).length >= 2)
    assert.deepEqual(await kinds(), ['policy-applied', 'start'])
  })

  await t.test('with central gone and the box started again, the same holds', async () => {
    await city.central().end('SIGKILL')
    await box.end('SIGKILL')
    box = await startBox(lab, config)
    assert.ok(await isBlocked())
    assert.ok((await secondsLeft(lab, 'phone1')) <= CITY_SECONDS)
    assert.equal(await reaches(lab, 'phone1', outside), true)
    assert.equal(await reaches(lab, 'phone2', outside), false)
  })

  await t.test('with its copy damaged the box runs as it was provisioned, open to nobody without the welcome page', async () => {
    await box.end('SIGKILL')
    const bytes = readFileSync(settingsFile)
    bytes[Math.floor(bytes.length / 2)]! ^= 0x10
    writeFileSync(settingsFile, bytes)
    box = await startBox(lab, config)
    assert.match(box.log(), /settings in .* cannot be used/)
    assert.ok(existsSync(`${settingsFile}.damaged-1`))
    assert.ok(!(await isBlocked()))
    assert.equal(await reaches(lab, 'phone2', outside), false)
  })

  await t.test('central, back again, sends it what it lost', async () => {
    await city.startCentral()
    const { version } = await eventually('central’s answer', () => admin.get<PolicyView>('/api/noc/policy').catch(() => undefined))
    // A look a second: a phone that asks more than 300 times a minute is turned away.
    await until('the block to be in force again', isBlocked, { withinMs: 30_000, everyMs: 1_000 })
    await applied(version)
    assert.ok(await isOnline(lab, 'phone1'))
  })
})
