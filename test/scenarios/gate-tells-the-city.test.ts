/** Whoever touches the packet filter of a running box, or ends its gate, is undone there and known of in the city. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HotspotPage } from '#central/noc/api.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { freePort } from '#test/support/free-port.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { reaches } from '#test/support/phones.ts'
import { cityFor, NODE, startBox, writeBoxConfig } from '#test/support/product.ts'
import { signInByCode } from '#test/support/staff.ts'
import { getOnline } from '#test/support/visitor.ts'

/** A box that starts says nothing of its gate for ten seconds, and of one kind it tells once a minute at most. */
const TOLD_WITHIN_MS = 75_000

test('a flushed packet filter and a gate that dies are told to the NOC, and that it works again', { timeout: 240_000 }, async (t) => {
  const lab = await labFor(t, { phones: 1, addressing: 'dhcp' })
  if (!lab) return
  const { daemon } = await gateIn(t, lab)
  const host = lab.addresses.host.management
  const [webPort, mqttPort] = [await freePort(), await freePort(host)]
  const city = await cityFor(t, { host, webPort, mqttPort })
  const config = await writeBoxConfig(lab, city, `mqtts://${host}:${mqttPort}`, { watchSeconds: 1, everySeconds: 2, withDnsmasq: true })
  await city.startCentral()
  const admin = await signInByCode(city.origin, city.adminCode, { username: 'pengelola', name: 'Pengelola Sistem' })
  const box = await startBox(lab, config)
  t.after(() => box.end('SIGKILL'))
  const page = () => admin.get<HotspotPage>(`/api/noc/hotspots/${NODE}`)
  const told = (kind: string) => async () => (await page()).notices.some((notice) => notice.kind === kind)
  await lab.plugIn(1)
  await getOnline(lab, 'phone1')
  const passes = () => reaches(lab, 'phone1', { kind: 'http', address: lab.addresses.internet.v4, port: 8080 })
  assert.ok(await passes())
  for (const kind of ['table-rewritten', 'gate-failed', 'gate-back']) assert.equal(await told(kind)(), false, `no ${kind} yet`)

  await t.test('nft flush ruleset: the visitor is back at once, and the NOC reads that somebody changed the filter', async () => {
    assert.equal((await lab.exec('edge', ['nft', 'flush', 'ruleset'])).code, 0)
    await until('the visitor to be back', passes)
    await until('the notice', told('table-rewritten'), { withinMs: TOLD_WITHIN_MS, everyMs: 250 })
    assert.equal(await told('gate-failed')(), false, 'it was whole again before anybody could call it failed')
  })

  await t.test('a killed gate: the visitor goes on, the NOC reads that nobody new gets online, and then that it works again', async () => {
    await daemon.stop('SIGKILL')
    await until('the notice', told('gate-failed'), { withinMs: TOLD_WITHIN_MS, everyMs: 250 })
    assert.ok(await passes())
    await lab.startGate()
    await until('the all-clear', told('gate-back'), { withinMs: TOLD_WITHIN_MS, everyMs: 250 })
    assert.ok(await passes())
  })
})
