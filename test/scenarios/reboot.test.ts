/** The box loses power and comes back: nothing is left of its processes, its packet filter and its routing, only what is on disk. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Lab } from '#scripts/network-lab/lab.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { boxGrants } from '#test/support/books.ts'
import { recordsIn } from '#test/support/box-books.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { curl, reaches } from '#test/support/phones.ts'
import { enrolledNowhere, NO_BROKER, startBoxInBoot, writeBoxConfig } from '#test/support/product.ts'
import { getOnline, getPage, postForm, secondsLeft } from '#test/support/visitor.ts'

const SESSION_SECONDS = 600
const BACK_WITHIN_MS = 30_000
const BOOTS = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222']

async function mustRun(lab: Lab, ...argv: string[]): Promise<void> {
  const { code, stderr } = await lab.exec('edge', argv)
  assert.equal(code, 0, `${argv.join(' ')}: ${stderr}`)
}

/** What the kernel of a box holds right after it came up: no filter, no rule of ours, no connection, no forwarding. */
async function forgetAsAKernelDoes(lab: Lab): Promise<void> {
  await mustRun(lab, 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=0', 'net.ipv6.conf.all.forwarding=0')
  await mustRun(lab, 'nft', 'flush', 'ruleset')
  for (const family of ['-4', '-6']) {
    const { stdout } = await lab.exec('edge', ['ip', family, '-j', 'rule', 'show'])
    const rules = JSON.parse(stdout) as { priority: number; iif?: string }[]
    for (const { priority } of rules.filter(({ iif }) => iif !== undefined))
      await mustRun(lab, 'ip', family, 'rule', 'del', 'priority', String(priority))
  }
  await lab.exec('edge', ['conntrack', '-F'])
  await mustRun(lab, 'ip', 'neighbour', 'flush', 'all')
}

test('after a power cut the admitted are online again with the time they had left, and nobody else is', { timeout: 120_000 }, async (t) => {
  const lab = await labFor(t, { phones: 3 })
  if (!lab) return
  const { daemon } = await gateIn(t, lab)
  const here = enrolledNowhere(t)
  const config = await writeBoxConfig(lab, here, NO_BROKER, { sessionSeconds: SESSION_SECONDS, watchSeconds: 1, everySeconds: 5 })
  let box = await startBoxInBoot(lab, config, BOOTS[0]!)
  t.after(() => box.end('SIGKILL'))
  const { internet } = lab.addresses
  const web = { kind: 'http', address: internet.v4, port: 8080 } as const
  const web6 = { kind: 'http', address: internet.v6, port: 8080 } as const

  for (const phone of ['phone1', 'phone2'] as const) {
    await getOnline(lab, phone)
  }
  await postForm(lab, 'phone2', '/putus', { b: 'id' })
  await getPage(lab, 'phone3', '/')
  await curl(lab, 'phone1', '--output', '/dev/null', `http://${internet.v4}:8080/big?bytes=3000000`)
  // The box looks at its counters every few seconds; what passed since its last look is what a power cut may take.
  await until('the octets on disk', () => boxGrants(here).some(({ downOctets }) => downOctets > 3_000_000))
  const leftBefore = await secondsLeft(lab, 'phone1')
  const asked = performance.now()
  await getPage(lab, 'phone1', '/status')

  await box.end('SIGKILL')
  await daemon.stop('SIGKILL')
  await forgetAsAKernelDoes(lab)
  for (const phone of ['phone1', 'phone3'] as const)
    for (const target of [web, web6]) assert.equal(await reaches(lab, phone, target), false)

  const powered = performance.now()
  const second = await lab.startGate()
  t.after(() => second.stop('SIGKILL'))
  // A box turns forwarding on behind its gate, never before it.
  await mustRun(lab, 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1')
  assert.equal(await reaches(lab, 'phone1', web), false, 'the gate alone knows nobody')
  box = await startBoxInBoot(lab, config, BOOTS[1]!)
  const remaining = (): number => Math.max(0, BACK_WITHIN_MS - (performance.now() - powered))
  await until('phone 1 to be online by itself', () => reaches(lab, 'phone1', web), { withinMs: remaining() })
  await until('its IPv6 too', () => reaches(lab, 'phone1', web6), { withinMs: remaining() })
  t.diagnostic(`online again ${((performance.now() - powered) / 1000).toFixed(1)} s after the first process started`)

  const left = await secondsLeft(lab, 'phone1')
  const passed = (performance.now() - asked) / 1000
  assert.ok(Math.abs(leftBefore - left - passed) <= 2, `${left} s are left of ${leftBefore} s after ${passed} s`)
  for (const phone of ['phone2', 'phone3'] as const)
    for (const target of [web, web6]) assert.equal(await reaches(lab, phone, target), false, `${phone} stays out`)
  assert.match(await getPage(lab, 'phone3', '/'), /madiuntoday/)

  await curl(lab, 'phone1', '--output', '/dev/null', `http://${internet.v4}:8080/big?bytes=2000000`)
  await postForm(lab, 'phone1', '/putus', { b: 'id' })
  await box.end()
  const told = recordsIn(join(here.dir, 'edge'), 'session')
  const first = told.find(({ event }) => event === 'start')!
  const stop = told.find(({ event, id }) => event === 'stop' && id === first.id)!
  assert.ok(stop.downOctets > 5_000_000 && stop.downOctets < 5_600_000, `${stop.downOctets} octets before and after the power cut`)
  assert.equal(told.filter(({ event }) => event === 'start').length, 2, 'no visit began anew')
})
