/** Files the box lives by come back from the card as something else: it says so in one line or goes on without them, and opens for nobody. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { readEdgeConfig } from '#edge/config.ts'
import { seededRandom } from '#scripts/demo-city/random.ts'
import type { Lab, Place } from '#scripts/network-lab/lab.ts'
import { recordsIn } from '#test/support/box-books.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { longDownload, reaches, untilArriving } from '#test/support/phones.ts'
import { enrolledNowhere, NO_BROKER, spawnBox, startBox, writeBoxConfig } from '#test/support/product.ts'
import { getOnline, getPage } from '#test/support/visitor.ts'

const SEED = 20_261_123
const MUTATIONS = 400

/** One wound of the kinds that cards inflict: a flipped bit, a lost end, a block of zeros, a block of something else. */
function wounded(bytes: Buffer, random: () => number): Buffer {
  const at = Math.floor(random() * bytes.length)
  const changed = Buffer.from(bytes)
  const kind = Math.floor(random() * 4)
  if (kind === 0) changed[at]! ^= 1 << Math.floor(random() * 8)
  else if (kind === 1) return changed.subarray(0, at)
  else if (kind === 2) changed.fill(0, at, Math.min(at + 512, bytes.length))
  else for (let i = at; i < Math.min(at + 64, bytes.length); i++) changed[i] = Math.floor(random() * 256)
  return changed
}

const isOneLine = (words: string): boolean => words.trim() !== '' && !words.trim().includes('\n')

test('a wounded configuration is refused in one line or still says nothing it did not say', { timeout: 60_000 }, async (t) => {
  const lab = await labFor(t, { phones: 0 })
  if (!lab) return
  const here = enrolledNowhere(t)
  const file = await writeBoxConfig(lab, here, NO_BROKER)
  const whole = readFileSync(file)
  const random = seededRandom(SEED)
  let refused = 0
  for (let i = 0; i < MUTATIONS; i++) {
    writeFileSync(file, wounded(whole, random))
    try {
      assert.equal(readEdgeConfig(file).gate.mode, 'nftables', `mutation ${i}, seed ${SEED}`)
    } catch (error) {
      refused++
      const { message } = error as Error
      assert.ok(isOneLine(message) && message.includes(file), `mutation ${i}, seed ${SEED}: ${message}`)
      assert.ok(!message.includes(here.enrolled.tokens['uji-balai']!), 'no secret is said')
    }
  }
  t.diagnostic(`${refused} of ${MUTATIONS} refused`)
})

/** What a program that will not start says, and how it ended. */
async function endOf(child: ReturnType<typeof spawnBox>): Promise<{ code: number | null; out: string; err: string }> {
  const [out, err] = [text(child.stdout!), text(child.stderr!)]
  const [code] = (await once(child, 'exit')) as [number | null]
  return { code, out: await out, err: await err }
}

async function onlyPhone1(lab: Lab, when: string): Promise<void> {
  const web = { kind: 'http', address: lab.addresses.internet.v4, port: 8080 } as const
  for (const phone of ['phone1', 'phone2'] as Place[]) assert.equal(await reaches(lab, phone, web), phone === 'phone1', `${phone} ${when}`)
}

test('with wounded files the box starts or says why not, cuts nobody off and lets nobody in', { timeout: 120_000 }, async (t) => {
  const lab = await labFor(t, { phones: 2 })
  if (!lab) return
  const { daemon } = await gateIn(t, lab)
  const here = enrolledNowhere(t)
  const stateDir = join(here.dir, 'edge')
  const config = await writeBoxConfig(lab, here, NO_BROKER, { watchSeconds: 1 })
  let box = await startBox(lab, config)
  t.after(() => box.end('SIGKILL'))
  await getOnline(lab, 'phone1')
  const download = longDownload(lab, 'phone1', lab.addresses.internet.v4)
  t.after(() => download.kill())
  await untilArriving(lab, 'phone1')
  await box.end()

  const whole = readFileSync(config, 'utf8')
  for (const [what, words] of Object.entries({
    'an empty file': '',
    'a firewall mode nobody knows': whole.replace('"nftables"', '"nftablez"'),
    'a word too much': whole.replace('"node"', '"open":true,"node"'),
    'no gate': whole.replace('"gate"', '"gato"'),
    'half of it': whole.slice(0, whole.length / 2),
  })) {
    await t.test(`configuration: ${what}`, async () => {
      writeFileSync(config, words)
      box = await startBox(lab, config)
      assert.match(box.log(), /CONFIGURATION REFUSED: .*The box runs by the last good one/)
      await onlyPhone1(lab, `with ${what}`)
      assert.match(await getPage(lab, 'phone2', '/'), /madiuntoday/)
      await box.end()
      assert.ok(
        recordsIn(stateDir, 'notice').some(({ kind }) => kind === 'config-refused'),
        'and the NOC is told',
      )
    })
  }

  await t.test('configuration: half a file, and no last good one', async () => {
    rmSync(`${config}.good`)
    const child = spawnBox(lab, config)
    t.after(() => child.kill('SIGKILL'))
    const { code, out, err } = await endOf(child)
    assert.equal(code, 1)
    assert.equal(out, '')
    assert.ok(isOneLine(err) && err.includes(config), err)
    await onlyPhone1(lab, 'without a configuration')
  })
  writeFileSync(config, whole)

  const random = seededRandom(SEED)
  for (const name of ['outbox.db', 'pseudonym.key', 'radius.sqlite', 'visitor.key', 'visitors.db']) {
    await t.test(`state: ${name}`, async () => {
      const file = join(stateDir, name)
      const kept = readFileSync(file)
      // Its beginning is what every program looks at first.
      const rubbish = Buffer.from(Array.from({ length: 4_096 }, () => Math.floor(random() * 256)))
      writeFileSync(file, name.endsWith('.key') ? kept.subarray(0, 7) : Buffer.concat([rubbish, kept.subarray(4_096)]))
      box = await startBox(lab, config)
      assert.match(await getPage(lab, 'phone2', '/'), /madiuntoday/)
      assert.equal(await reaches(lab, 'phone2', { kind: 'http', address: lab.addresses.internet.v4, port: 8080 }), false)
      // Without the book of who is online nobody can be told from a stranger: they see the welcome page again.
      if (name !== 'visitors.db') assert.equal(download.exitCode, null, 'who was online is online')
      else download.kill()
      if (name === 'visitors.db') await getOnline(lab, 'phone1')
      await box.end()
      if (name !== 'visitor.key')
        assert.ok(
          readdirSync(stateDir).some((other) => other.startsWith(`${name}.damaged-`)),
          'it was set aside',
        )
    })
  }
  await t.test('the gate’s own options', async () => {
    await onlyPhone1(lab, 'before')
    await daemon.stop('SIGKILL')
    const child = lab.spawn('edge', [
      process.execPath,
      GATE,
      '--socket',
      join(lab.folder, 'gate.sock'),
      '--lan',
      'br-lan; accept',
      '--wan',
      'wan0',
    ])
    t.after(() => child.kill('SIGKILL'))
    const { code, out, err } = await endOf(child)
    assert.equal(code, 2)
    assert.equal(out, '')
    assert.ok(isOneLine(err), err)
    await onlyPhone1(lab, 'with the gate gone')
  })
})

const GATE = join(import.meta.dirname, '..', '..', 'edge', 'gate', 'daemon.ts')
