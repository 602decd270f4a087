/** What a box notices by itself and tells the city: a borrowed address, and names that do not resolve any more. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import type { HotspotPage } from '#central/noc/api.ts'
import { dnsFacts } from '#scripts/network-lab/dns.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { freePort } from '#test/support/free-port.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { reaches } from '#test/support/phones.ts'
import { cityFor, NODE, startBox, writeBoxConfig } from '#test/support/product.ts'
import { signInByCode } from '#test/support/staff.ts'
import { getOnline, getPage, postForm } from '#test/support/visitor.ts'

/** The design's promises: a borrowed address within ten seconds, an outage of names within sixty; and the road to central. */
const SPOOF_TOLD_MS = 10_000 + 5_000
const OUTAGE_TOLD_MS = 60_000

test(
  'a box tells the city of a borrowed address and of dead name servers, and sends nobody out into nothing',
  { timeout: 180_000 },
  async (t) => {
    const lab = await labFor(t, { phones: 2, addressing: 'dhcp' })
    if (!lab) return
    await gateIn(t, lab)
    const host = lab.addresses.host.management
    const [webPort, mqttPort] = [await freePort(), await freePort(host)]
    const city = await cityFor(t, { host, webPort, mqttPort })
    const config = await writeBoxConfig(lab, city, `mqtts://${host}:${mqttPort}`, { watchSeconds: 1, everySeconds: 2, withDnsmasq: true })
    await city.startCentral()
    const admin = await signInByCode(city.origin, city.adminCode, { username: 'pengelola', name: 'Pengelola Sistem' })
    const box = await startBox(lab, config)
    t.after(() => box.end('SIGKILL'))
    const told = async (kind: string) =>
      (await admin.get<HotspotPage>(`/api/noc/hotspots/${NODE}`)).notices.filter((notice) => notice.kind === kind)
    const client = await lab.plugIn(1)
    await lab.plugIn(2)
    const own = client.lease()!.address
    const borrowed = own.replace(/\d+$/, '250')
    const passes = (from: string) => reaches(lab, 'phone1', { kind: 'http', address: lab.addresses.internet.v4, port: 8080, from })
    await getOnline(lab, 'phone1')
    assert.ok(await passes(own))

    await t.test('a visitor’s MAC with an address that is not its own goes nowhere, and the NOC hears of it at once', async () => {
      await lab.exec('phone1', ['ip', 'address', 'add', `${borrowed}/24`, 'dev', 'eth0'])
      assert.equal(await passes(borrowed), false)
      await until('the notice', async () => (await told('address-spoofed')).length === 1, { withinMs: SPOOF_TOLD_MS, everyMs: 250 })
      const [notice] = await told('address-spoofed')
      assert.match(notice!.device ?? '', /^[0-9a-f]{16}$/, 'by its pseudonym')
      assert.ok(await passes(own), 'the visitor goes on')
    })

    await t.test('once DHCP has given it that address, it goes on with it', async () => {
      const { leaseFile } = dnsFacts(lab.claim)
      writeFileSync(leaseFile, readFileSync(leaseFile, 'utf8').replace(` ${own} `, ` ${borrowed} `))
      await until('the new address to pass', () => passes(borrowed), { withinMs: SPOOF_TOLD_MS, everyMs: 250 })
      assert.equal(await passes(own), false)
      assert.equal((await told('address-spoofed')).length, 1)
    })

    await t.test('with the name servers dead the page says so, no probe is told otherwise, and the NOC hears of it', async () => {
      const token = async () => (await getPage(lab, 'phone2', '/')).includes('name="token"')
      assert.ok(await token())
      await lab.exec('internet', [
        'nft',
        'add table inet dead; add chain inet dead in { type filter hook input priority 0; }; add rule inet dead in udp dport 53 drop',
      ])
      const begun = performance.now()
      await until('the page to say so', async () => !(await token()), { withinMs: OUTAGE_TOLD_MS, everyMs: 500 })
      const seen = Math.round((performance.now() - begun) / 100) / 10
      await until('the notice', async () => (await told('dns-down')).length === 1, { withinMs: OUTAGE_TOLD_MS, everyMs: 500 })
      t.diagnostic(`the page said so after ${seen} s, the NOC knew after ${Math.round((performance.now() - begun) / 100) / 10} s`)
      const probe = await getPage(
        lab,
        'phone1',
        '/hotspot-detect.html',
        '--include',
        '--interface',
        borrowed,
        '--header',
        'Host: captive.apple.com',
      )
      assert.match(probe, /^HTTP\/1\.1 302 /)
      assert.doesNotMatch(probe, /Success/)
      assert.doesNotMatch(await postForm(lab, 'phone2', '/lanjut', { token: 'x' }), /terhubung/)
    })

    await t.test('when names resolve again the page lets visitors through again, and the NOC hears of that too', async () => {
      await lab.exec('internet', ['nft', 'delete', 'table', 'inet', 'dead'])
      await until('the notice', async () => (await told('dns-up')).length === 1, { withinMs: OUTAGE_TOLD_MS, everyMs: 500 })
      await getOnline(lab, 'phone2')
    })
  },
)
