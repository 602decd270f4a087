import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { openSettings } from '#edge/agent/settings.ts'
import { builtInPolicy } from '#edge/sessions/built-in-policy.ts'
import { openFromCentral } from '#edge/telemetry/from-central.ts'
import { decodeDesired, type Desired } from '#edge/wire/desired.ts'
import { encodePacket } from '#edge/wire/envelope.ts'
import type { Notice } from '#edge/wire/notice.ts'
import { decodePolicy, type AccessPolicy } from '#edge/wire/policy.ts'
import { signFor } from '#edge/wire/signed.ts'
import { nodeTopic } from '#edge/wire/topics.ts'
import { seededRandom } from '#scripts/demo-city/random.ts'
import { desired } from '../telemetry/bodies.ts'

const central = generateKeyPairSync('ed25519')
const topic = nodeTopic('klegen-01', 'd')
const builtIn = builtInPolicy({ watchSeconds: 30, sessionSeconds: 3_600 })

test('new settings are brought into force, written down and reported, and are there at the next start', async (t) => {
  const box = openBox(t)
  assert.deepEqual(box.settings.policy(), builtIn)
  assert.deepEqual(box.settings.reported(), { version: 0 })
  assert.equal(await box.send(desired({ version: 5 })), true)
  assert.deepEqual(box.enforced, [desired().policy])
  assert.deepEqual(box.settings.reported(), { version: 5 })
  assert.deepEqual(box.told, [{ kind: 'policy-applied', detail: 'settings 5' }])
  box.start()
  assert.deepEqual(box.settings.policy(), desired().policy)
  assert.deepEqual(box.settings.reported(), { version: 5 })
})

test('settings whose policy is wrong are refused with the reason, once however often they come, and the last good ones stay', async (t) => {
  const box = openBox(t)
  await box.send(desired({ version: 5 }))
  const wrong = desired({ version: 6, policy: { ...desired().policy, publicGroup: 'tamu' } })
  for (let i = 0; i < 3; i++) assert.equal(await box.send(wrong), true)
  const reason = 'policy: the public group "tamu" is not a group of class public'
  assert.deepEqual(box.settings.reported(), { version: 5, refused: { version: 6, reason } })
  assert.deepEqual(box.told.slice(1), [{ kind: 'config-refused', detail: reason }])
  assert.deepEqual(box.settings.policy(), desired().policy)
  box.start()
  assert.deepEqual(box.settings.reported(), { version: 5 })
  await box.send(desired({ version: 7 }))
  assert.deepEqual(box.settings.reported(), { version: 7 })
})

test('a replay of what central signed earlier changes nothing, over a restart too', async (t) => {
  const box = openBox(t)
  const open = desired({ version: 1, sentAt: 1_000, policy: { ...desired().policy, block: [] } })
  await box.send(open)
  await box.send(desired({ version: 2, sentAt: 2_000 }))
  for (const restart of [false, true]) {
    if (restart) box.start()
    assert.equal(await box.send(open), false)
    assert.deepEqual(box.settings.policy(), desired().policy)
    assert.deepEqual(box.settings.reported(), { version: 2 })
  }
})

test('what is in force already is reported again and not applied again', async (t) => {
  const box = openBox(t)
  await box.send(desired({ version: 1, sentAt: 1_000 }))
  assert.equal(await box.send(desired({ version: 1, sentAt: 3_000 })), true)
  assert.equal(box.enforced.length, 1)
})

test('settings signed by a clock that is years ahead do not shut out the later ones', async (t) => {
  const now = 1_790_000_000_000
  const box = openBox(t, { trustedNow: () => now })
  await box.send(desired({ version: 1, sentAt: now + 10 * 365 * 86_400_000 }))
  assert.match(box.settings.reported().refused!.reason, /ahead of this box’s clock/)
  await box.send(desired({ version: 2, sentAt: now + 1_000 }))
  assert.deepEqual(box.settings.reported(), { version: 2 })
})

test('a policy that cannot be applied is refused, and the one before is given back', async (t) => {
  const box = openBox(t)
  await box.send(desired({ version: 1, sentAt: 1 }))
  const enforced: AccessPolicy[] = []
  box.settings.onPolicy((policy) => {
    enforced.push(policy)
    if (policy.garden.length === 0) throw new Error('no room')
  })
  const next = desired({ version: 2, sentAt: 2, policy: { ...desired().policy, garden: [] } })
  await box.send(next)
  assert.deepEqual(enforced, [next.policy, desired().policy])
  assert.deepEqual(box.settings.reported(), { version: 1, refused: { version: 2, reason: 'it could not be applied: no room' } })
  box.start()
  assert.deepEqual(box.settings.reported(), { version: 1 })
})

test('a disk that takes nothing does not keep settings from coming into force', async (t) => {
  const box = openBox(t, { file: '/dev/null/settings.json' })
  await box.send(desired({ version: 5 }))
  assert.deepEqual(box.settings.reported(), { version: 5 })
  assert.deepEqual(box.settings.policy(), desired().policy)
})

test('settings of another central, or another box, are not taken from the disk', async (t) => {
  const box = openBox(t)
  for (const signed of [
    signFor(topic, desired(), generateKeyPairSync('ed25519').privateKey),
    signFor(nodeTopic('klegen-02', 'd'), desired(), central.privateKey),
  ]) {
    writeFileSync(box.file, encodePacket(signed))
    box.start()
    assert.deepEqual(box.settings.policy(), builtIn)
    assert.equal(box.told.at(-1)?.kind, 'config-refused')
    assert.ok(!existsSync(box.file), 'set aside')
    assert.ok(existsSync(`${box.file}.damaged-1`))
  }
})

test('1,000 damages to the stored file: never a crash, never another policy than the one it was or the built-in one', async (t) => {
  const box = openBox(t)
  await box.send(desired({ version: 5 }))
  const whole = readFileSync(box.file)
  const random = seededRandom(24)
  let kept = 0
  for (let i = 0; i < 1_000; i++) {
    writeFileSync(box.file, damaged(whole, random))
    box.start()
    const isIntact = box.settings.reported().version === 5
    if (isIntact) kept++
    assert.deepEqual(box.settings.policy(), isIntact ? desired().policy : builtIn, `seeded damage ${i}`)
    assert.equal(existsSync(box.file), isIntact)
  }
  // A cut of nothing, a byte set to what it was, or a bit zstd does not read: rare, and then it is the whole truth.
  assert.ok(kept < 100, `${kept} of 1,000 damages were none`)
})

test('1,000 damaged messages: never a crash, and whatever comes into force is a valid policy', async (t) => {
  const box = openBox(t)
  await box.send(desired({ version: 5, sentAt: 1 }))
  const random = seededRandom(25)
  const text = Buffer.from(JSON.stringify(desired({ version: 6, sentAt: 2 })))
  let refusedPolicies = 0
  for (let i = 0; i < 1_000; i++) {
    // Half of them damaged on the road, half damaged before central signed them.
    const onTheRoad = i % 2 === 0
    const body = onTheRoad ? desired({ version: 6, sentAt: 2 }) : parsed(damaged(text, random))
    const packet = encodePacket(signFor(topic, body, central.privateKey))
    const opened = openFromCentral(topic, onTheRoad ? damaged(packet, random) : packet, central.publicKey)
    if (!opened.ok) continue
    const before = box.settings.reported()
    await box.settings.take(decodeDesired(opened.value.body), opened.value.signed)
    if (box.settings.reported().version === before.version) refusedPolicies++
    assert.ok(decodePolicy(box.settings.policy()).ok, `seeded damage ${i}`)
  }
  assert.ok(refusedPolicies > 50)
})

test('the file is for the box alone', async (t) => {
  const box = openBox(t)
  await box.send(desired())
  assert.equal(statSync(box.file).mode & 0o777, 0o600)
})

function damaged(bytes: Buffer, random: () => number): Buffer {
  const at = Math.floor(random() * bytes.length)
  const copy = Buffer.from(bytes)
  const kind = Math.floor(random() * 4)
  if (kind === 0) return copy.subarray(0, at)
  if (kind === 1) copy[at] = Math.floor(random() * 256)
  else if (kind === 2) copy[at]! ^= 1 << Math.floor(random() * 8)
  else copy.fill(0, at, Math.min(at + 64, copy.length))
  return copy
}

/** What a central with a fault in it might sign. */
function parsed(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString())
  } catch {
    return text.toString().slice(0, 500)
  }
}

function openBox(t: TestContext, { file, trustedNow = () => undefined }: { file?: string; trustedNow?: () => number | undefined } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'settings-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const told: Omit<Notice, 'count'>[] = []
  const enforced: AccessPolicy[] = []
  const box = {
    file: file ?? join(folder, 'settings.json'),
    told,
    enforced,
    settings: undefined as unknown as ReturnType<typeof openSettings>,
    start() {
      box.settings?.close()
      box.settings = openSettings({
        file: box.file,
        topic,
        centralKey: central.publicKey,
        builtIn,
        trustedNow,
        notices: { tell: (kind, of) => void told.push({ kind, ...of }) },
        log: () => {},
      })
      box.settings.onPolicy((policy) => void enforced.push(policy))
    },
    async send(body: Desired, key: KeyObject = central.privateKey) {
      const opened = openFromCentral(topic, encodePacket(signFor(topic, body, key)), central.publicKey)
      assert.ok(opened.ok)
      return box.settings.take(decodeDesired(opened.value.body), opened.value.signed)
    },
  }
  t.after(() => box.settings.close())
  box.start()
  return box
}
