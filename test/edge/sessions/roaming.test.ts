import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RoamedVisit, Roaming } from '#edge/sessions/port.ts'
import type { Mac } from '#edge/gate/port.ts'
import { goOnline, MAC, OTHER_MAC, policyWith, visitorBox } from './box.ts'

/** The neighbours, as the box hears of them. */
function neighbours() {
  const said: ['began' | 'ended', string, RoamedVisit][] = []
  const devices = new Map<string, RoamedVisit>()
  const codes = new Map<string, RoamedVisit>()
  let moved: Parameters<Roaming['onMoved']>[0] = () => undefined
  const roaming: Roaming = {
    byDevice: (mac) => devices.get(mac),
    byCode: (code) => codes.get(code),
    codeTag: (code) => `tag-of-${code}`,
    began: (mac, visit) => void said.push(['began', mac, visit]),
    ended: (mac, visit) => void said.push(['ended', mac, visit]),
    onMoved: (listener) => void (moved = listener),
  }
  return { roaming, said, devices, codes, moved: (codeTag: string, to?: Mac) => moved(codeTag, (mac) => mac === to) }
}

const elsewhere: RoamedVisit = {
  code: 'tag-elsewhere',
  group: 'public',
  secondsLeft: 1200,
  octets: 3_000_000,
  today: { seconds: 2400, octets: 8_000_000 },
}

test('a session that begins or ends here is told to the neighbours, with what is left of it', async (t) => {
  const { roaming, said } = neighbours()
  const box = visitorBox(t, { roaming })
  await goOnline(box)
  const tag = `tag-of-${box.sessions().look(MAC).resumeCode?.replace('-', '')}`
  box.clock.pass(600)
  box.gate.octets.set(1, { upOctets: 1, downOctets: 2 })
  await box.sessions().end(MAC, 'logout')
  assert.deepEqual(said, [
    ['began', MAC, { code: tag, group: 'public', secondsLeft: 3600, octets: 0, today: { seconds: 0, octets: 0 } }],
    ['ended', MAC, { code: tag, group: 'public', secondsLeft: 3000, octets: 3, today: { seconds: 600, octets: 3 } }],
  ])
})

test('a device whose session runs at a neighbour’s is welcomed back with the rest, and the use of the day comes along', async (t) => {
  const { roaming, said, devices } = neighbours()
  const box = visitorBox(t, { roaming, policy: policyWith({ sessionOctets: 10_000_000, dailyOctets: 14_000_000 }) })
  assert.equal(await box.sessions().welcomeBack({ mac: MAC }), false)
  devices.set(MAC, elsewhere)
  assert.equal(await box.sessions().welcomeBack({ mac: MAC }), true)
  const { secondsLeft, octetsLeft, resumeCode } = box.sessions().look(MAC)
  assert.deepEqual({ secondsLeft, octetsLeft, resumeCode }, { secondsLeft: 1200, octetsLeft: 6_000_000, resumeCode: undefined })
  assert.deepEqual(said, [['began', MAC, elsewhere]])
})

test('nobody is welcomed back who is blocked, closed out, or has used up the day elsewhere', async (t) => {
  const { roaming, devices } = neighbours()
  devices.set(MAC, elsewhere)
  const box = visitorBox(t, { roaming, policy: policyWith({ dailyOctets: 8_000_000 }) })
  assert.equal(await box.sessions().welcomeBack({ mac: MAC }), false)
  assert.equal(box.gate.open.size, 0)
  const visit = box.sessions().visit({ mac: MAC })
  assert.ok(visit.is === 'refused' && visit.refusal.why === 'daily-data')
})

test('a code of a neighbour’s session lets another phone in with the rest of it', async (t) => {
  const { roaming, codes } = neighbours()
  codes.set('ABCD2345', elsewhere)
  const box = visitorBox(t, { roaming })
  assert.deepEqual(await box.sessions().enterCode({ mac: OTHER_MAC }, 'abcd-2345'), { ok: true, by: 'resume' })
  assert.equal(box.sessions().look(OTHER_MAC).secondsLeft, 1200)
})

test('a session that goes on with another device at a neighbour’s ends here as moved, and is not told as ended', async (t) => {
  const { roaming, said, moved, devices } = neighbours()
  const box = visitorBox(t, { roaming })
  devices.set(MAC, elsewhere)
  await box.sessions().restore()
  await box.sessions().welcomeBack({ mac: MAC })
  await box.restart()
  moved('tag-of-nobody')
  moved('tag-elsewhere', MAC)
  await box.sessions().poll()
  assert.equal(box.sessions().isOnline(MAC), true, 'the same device at the other box')
  moved('tag-elsewhere', OTHER_MAC)
  await box.sessions().poll()
  assert.equal(box.gate.open.size, 0)
  assert.equal(box.told().at(-1)?.cause, 'moved')
  assert.deepEqual(
    said.map(([word]) => word),
    ['began'],
  )
})

test('a move within the box ends the session under the one address before it begins under the other', async (t) => {
  const { roaming, said } = neighbours()
  const box = visitorBox(t, { roaming })
  await goOnline(box)
  await box.sessions().enterCode({ mac: OTHER_MAC }, box.sessions().look(MAC).resumeCode!)
  assert.deepEqual(
    said.map(([word, mac]) => [word, mac]),
    [
      ['began', MAC],
      ['ended', MAC],
      ['began', OTHER_MAC],
    ],
  )
  assert.equal(said[2]?.[2].code, said[0]?.[2].code)
})
