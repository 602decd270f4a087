/** What a visitor sees of the access policy: refusals, codes, allowances, and coming back from a neighbouring box. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { Roaming } from '#edge/sessions/port.ts'
import type { AccessPolicy, Group } from '#edge/wire/policy.ts'
import { MAC, OTHER_MAC, policyWith } from '../sessions/box.ts'
import { ADDRESS, ask, bringOnline, ORIGIN, OTHER_ADDRESS, shown, welcomeBox, type WelcomeBox } from './box.ts'

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
const FAR = Date.UTC(2030, 0, 1)
const voucherOf = (id: string, code: string, change: Partial<AccessPolicy['vouchers'][number]> = {}): AccessPolicy['vouchers'][number] => ({
  id,
  hash: createHash('sha256').update(`${id}.${code}`).digest('base64url'),
  group: 'tamu',
  until: FAR,
  devices: 1,
  ...change,
})
const guests: Group = {
  name: 'tamu',
  class: 'voucher',
  watchSeconds: 0,
  sessionSeconds: 7_200,
  rate: { upKbps: 2_000, downKbps: 10_000 },
  sessionOctets: 50_000_000,
}
const staff: Group = { name: 'petugas', class: 'staff', watchSeconds: 0, sessionSeconds: 28_800 }

function policy(rules: Partial<Group> = {}, more: Partial<AccessPolicy> = {}): AccessPolicy {
  const base = policyWith(rules)
  return { ...base, groups: [...base.groups, guests, staff], vouchers: [voucherOf('v1', 'ACARA2345')], ...more }
}

const enter = (box: WelcomeBox, kode: string, from = ADDRESS, headers: Record<string, string> = {}) =>
  ask(box, 'POST', '/kode', { from, form: { kode }, headers })
const status = async (box: WelcomeBox, from = ADDRESS) => shown((await ask(box, 'GET', '/status', { from })).body, 'status')

test('a blocked device is told so, with the city’s note and until when, and may still complain', async (t) => {
  const until = FAR
  const box = await welcomeBox(t, { visits: { policy: policy({}, { block: [{ mac: MAC, until, note: 'Hubungi kelurahan' }] }) } })
  const answer = await ask(box, 'GET', '/')
  assert.equal(answer.statusCode, 200)
  const page = shown(answer.body, 'refused')
  assert.deepEqual([page.why, page.until, page.note, page.news[0]?.title], ['blocked', until, 'Hubungi kelurahan', 'Kabar'])
  assert.equal((await ask(box, 'POST', '/lanjut', { form: { token: 'x' } })).headers.location, '/')
  assert.equal((await enter(box, 'ACARA-2345')).headers.location, '/')
  assert.equal(box.gate.open.size, 0)
  assert.equal(shown((await ask(box, 'GET', '/aduan')).body, 'complaint').online, false)
  assert.equal(shown((await ask(box, 'GET', '/', { from: OTHER_ADDRESS })).body, 'welcome').secondsLeft, 30)
})

test('while a schedule closes the hotspot everyone reads when it opens', async (t) => {
  const closed = { id: 'malam', groups: [policy().publicGroup], days: EVERY_DAY, from: '14:00', to: '17:30', endsOn: '2027-12-31' }
  const box = await welcomeBox(t, {
    visits: { policy: policy({}, { schedules: [{ ...closed, effect: { close: true }, note: 'Rapat' }] }) },
  })
  const page = shown((await ask(box, 'GET', '/')).body, 'refused')
  // The test's clock says 15:00 WIB.
  assert.deepEqual([page.why, page.until - box.clock.now().at, page.note], ['closed', 2.5 * 3_600_000, 'Rapat'])
  assert.equal(shown((await ask(box, 'GET', '/', { from: OTHER_ADDRESS })).body, 'refused').why, 'closed')
  box.clock.pass(2.5 * 3_600)
  assert.equal(shown((await ask(box, 'GET', '/')).body, 'welcome').secondsLeft, 30)
})

test('who waited through the welcome page while it closed is led to the reason, not let in', async (t) => {
  const box = await welcomeBox(t, { visits: { policy: policy() } })
  const { token } = shown((await ask(box, 'GET', '/')).body, 'welcome')
  box.clock.pass(30)
  await box.sessions().usePolicy(policy({}, { block: [{ mac: MAC, until: FAR }] }))
  assert.deepEqual([(await ask(box, 'POST', '/lanjut', { form: { token } })).headers.location, box.gate.open.size], ['/', 0])
  assert.equal(shown((await ask(box, 'GET', '/')).body, 'refused').why, 'blocked')
})

test('when the day’s time is used up, the status says why it ended and the welcome page until when', async (t) => {
  const box = await welcomeBox(t, { visits: { policy: policy({ dailySeconds: 600 }) } })
  await bringOnline(box)
  assert.equal((await status(box)).secondsLeft, 600)
  box.clock.pass(601)
  await box.sessions().poll()
  const page = await status(box)
  assert.deepEqual([page.online, page.endedBecause, page.allowance], [false, 'daily-time', undefined])
  const refused = shown((await ask(box, 'GET', '/')).body, 'refused')
  assert.equal(refused.why, 'daily-time')
  // The city's midnight is 17:00 UTC.
  assert.equal(new Date(refused.until).toISOString().slice(11), '17:00:00.000Z')
})

test('a group without a waiting time has its button at once, and its own time', async (t) => {
  const box = await welcomeBox(t, { visits: { policy: policy({}, { members: [{ mac: MAC, group: 'petugas', until: FAR }] }) } })
  const page = shown((await ask(box, 'GET', '/')).body, 'welcome')
  assert.deepEqual([page.secondsLeft, page.sessionMinutes], [0, 480])
  assert.equal((await ask(box, 'POST', '/lanjut', { form: { token: page.token } })).headers.location, '/terhubung')
  assert.equal((await status(box)).allowance?.group.class, 'staff')
})

test('a voucher opens the internet however it is typed, for as many devices as it is good for', async (t) => {
  const box = await welcomeBox(t, { visits: { policy: policy() } })
  assert.equal(shown((await ask(box, 'GET', '/kode')).body, 'code').problem, undefined)
  const answer = await enter(box, ' acara–2345 ')
  assert.deepEqual([answer.statusCode, answer.headers.location], [303, '/terhubung'])
  const page = shown((await ask(box, 'GET', '/terhubung')).body, 'connected')
  assert.equal(page.secondsLeft, 7_200)
  const { resumeCode, ...allowance } = page.allowance!
  assert.match(resumeCode ?? '', /^[A-Z2-9]{4}-[A-Z2-9]{4}$/)
  assert.deepEqual(allowance, {
    group: { name: 'tamu', class: 'voucher' },
    slowed: false,
    octetsLeft: 50_000_000,
    rate: { upKbps: 2_000, downKbps: 10_000 },
  })
  const second = await enter(box, 'ACARA2345', OTHER_ADDRESS)
  assert.deepEqual([second.statusCode, shown(second.body, 'code').problem], [409, 'used-up'])
})

test('what is wrong with a code is said, with what was typed', async (t) => {
  const vouchers = [voucherOf('v1', 'ACARA2345', { until: Date.UTC(2026, 0, 1) })]
  const box = await welcomeBox(t, { visits: { policy: policy({}, { vouchers }) } })
  const said = async (kode: string) => {
    const answer = await enter(box, kode)
    const { problem, entered } = shown(answer.body, 'code')
    return [answer.statusCode, problem, entered]
  }
  for (const kode of ['', '   ', 'kode/1', '<script>alert(1)</script>', 'á'.repeat(50)])
    assert.deepEqual(await said(kode), [400, 'format', kode.slice(0, 40)])
  assert.deepEqual(await said('acara 2345'), [410, 'expired', 'acara 2345'])
  for (let i = 0; i < 5; i++) assert.deepEqual(await said(`salah-${i}`), [404, 'unknown', `salah-${i}`])
  assert.deepEqual(await said('salah-9'), [429, 'too-often', 'salah-9'])
  const twice = await ask(box, 'POST', '/kode', { form: 'kode=a&kode=b' })
  assert.equal(twice.statusCode, 400)
})

test('another site’s form cannot enter a code for a visitor', async (t) => {
  const box = await welcomeBox(t, { visits: { policy: policy() } })
  assert.equal((await enter(box, 'ACARA2345', ADDRESS, { origin: 'http://evil.example' })).statusCode, 400)
  assert.equal(box.gate.open.size, 0)
  assert.equal((await enter(box, 'ACARA2345', ADDRESS, { origin: ORIGIN })).headers.location, '/terhubung')
})

test('with the upstream down a code leads to the page that says so; a gate that cannot open has its own', async (t) => {
  const box = await welcomeBox(t, { visits: { policy: policy() } })
  box.state.uplinkDown = true
  assert.equal((await enter(box, 'ACARA2345')).headers.location, '/')
  assert.equal(box.gate.open.size, 0)
  box.state.uplinkDown = false
  box.gate.refuse.add('admit')
  const answer = await enter(box, 'ACARA2345')
  assert.deepEqual([answer.statusCode, shown(answer.body, 'problem').kind], [503, 'gate-closed'])
})

test('the resume code carries the rest of a session to a phone with another address, and the old one reads where it went', async (t) => {
  const box = await welcomeBox(t, { visits: { policy: policy() } })
  await bringOnline(box)
  box.clock.pass(600)
  const code = (await status(box)).allowance!.resumeCode!
  assert.equal((await enter(box, code.toLowerCase().replace('-', ' '), OTHER_ADDRESS)).headers.location, '/terhubung')
  assert.equal((await status(box, OTHER_ADDRESS)).secondsLeft, 3_000)
  assert.deepEqual([...box.gate.open.keys()], [OTHER_MAC])
  assert.deepEqual([(await status(box)).online, (await status(box)).endedBecause], [false, 'moved'])
})

test('a bound device seen at another address is not online there', async (t) => {
  const box = await welcomeBox(t, { visits: { policy: policy(), addressesOf: () => [ADDRESS] } })
  await bringOnline(box)
  box.gate.neighbours.set('10.77.0.66', MAC)
  assert.equal((await status(box)).online, true)
  assert.equal((await status(box, '10.77.0.66')).online, false)
  const probe = { headers: { host: 'connectivitycheck.gstatic.com' } }
  assert.equal((await ask(box, 'GET', '/generate_204', probe)).statusCode, 204)
  assert.equal((await ask(box, 'GET', '/generate_204', { ...probe, from: '10.77.0.66' })).statusCode, 302)
})

/** One device whose session runs at the box next door. */
function neighbour(mac: string): Roaming {
  const visit = { code: 'c'.repeat(32), group: 'umum', secondsLeft: 1_200, octets: 5, today: { seconds: 60, octets: 5 } }
  return {
    byDevice: (asked) => (asked === mac ? visit : undefined),
    byCode: () => undefined,
    codeTag: (code: string) => createHash('sha256').update(code).digest('hex').slice(0, 32),
    began() {},
    ended() {},
    onMoved() {},
  }
}

test('a visitor whose session runs next door is let in by the phone’s own probe: no sheet pops up', async (t) => {
  const box = await welcomeBox(t, { visits: { policy: policy(), roaming: neighbour(MAC) } })
  const probe = { headers: { host: 'captive.apple.com' } }
  const answer = await ask(box, 'GET', '/hotspot-detect.html', probe)
  assert.deepEqual([answer.statusCode, /Success/.test(answer.body)], [200, true])
  assert.deepEqual([...box.gate.open.keys()], [MAC])
  assert.equal((await status(box)).secondsLeft, 1_200)
  // A stranger's probe is told nothing but the way.
  assert.equal((await ask(box, 'GET', '/hotspot-detect.html', { ...probe, from: OTHER_ADDRESS })).statusCode, 302)
})

test('a page opened by hand lets such a visitor in too, but not to a dead line and not when refused', async (t) => {
  const roaming = neighbour(MAC)
  const box = await welcomeBox(t, { visits: { policy: policy(), roaming } })
  box.state.uplinkDown = true
  assert.equal(shown((await ask(box, 'GET', '/')).body, 'welcome').uplinkDown, true)
  assert.equal(box.gate.open.size, 0)
  box.state.uplinkDown = false
  assert.equal((await ask(box, 'GET', '/')).headers.location, '/status')
  assert.equal(box.gate.open.size, 1)

  const blocked = await welcomeBox(t, { visits: { policy: policy({}, { block: [{ mac: MAC, until: FAR }] }), roaming } })
  assert.equal(shown((await ask(blocked, 'GET', '/')).body, 'refused').why, 'blocked')
  assert.equal((await ask(blocked, 'GET', '/generate_204', { headers: { host: 'www.google.com' } })).statusCode, 302)
})

test('a roaming that fails is a visitor like any other', async (t) => {
  const roaming: Roaming = {
    ...neighbour(MAC),
    byDevice() {
      throw new Error('broken')
    },
  }
  const box = await welcomeBox(t, { visits: { policy: policy(), roaming } })
  assert.equal(shown((await ask(box, 'GET', '/')).body, 'welcome').secondsLeft, 30)
  assert.ok(box.log.some((line) => line.includes('broken')))
})
