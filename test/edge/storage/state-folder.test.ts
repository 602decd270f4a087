import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { openVisitorDatabase } from '#edge/sessions/database.ts'
import { loadVisitorKey } from '#edge/sessions/token.ts'
import { openStateFolder, type StateFolder } from '#edge/storage/state-folder.ts'
import { openGenerations } from '#edge/telemetry/generations.ts'
import type { Outbox } from '#edge/telemetry/outbox.ts'
import { openPseudonyms } from '#edge/telemetry/pseudonym.ts'
import { complaint, session, usage } from '../telemetry/bodies.ts'

const MiB = 1024 * 1024
const skip = process.getuid?.() === 0 ? false : 'needs root to mount a file system of its own'

type Card = {
  stateDir: string
  memoryDir: string
  readOnly(): void
  writable(): void
  /** A start of the box's program. */
  start(): StateFolder
  /** What a power cut takes away. */
  powerCut(): void
  lines: string[]
}

/** A file system that can be made read-only under the box, and a folder that stands for its RAM. */
function cardFor(t: TestContext, mebibytes = 16): Card {
  const folder = mkdtempSync(join(tmpdir(), 'state-folder-'))
  const [disk, memoryDir] = [join(folder, 'disk'), join(folder, 'memory')]
  mkdirSync(disk)
  mkdirSync(memoryDir)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', disk])
  const lines: string[] = []
  t.after(() => {
    execFileSync('umount', ['-l', disk])
    rmSync(folder, { recursive: true })
  })
  return {
    stateDir: join(disk, 'state'),
    memoryDir,
    readOnly: () => void execFileSync('mount', ['-o', 'remount,ro', disk]),
    writable: () => void execFileSync('mount', ['-o', 'remount,rw', disk]),
    start: () => openStateFolder({ stateDir: join(disk, 'state'), memoryDir, log: (line) => lines.push(line) }),
    powerCut() {
      for (const name of readdirSync(memoryDir)) rmSync(join(memoryDir, name), { recursive: true })
    },
    lines,
  }
}

const outboxOf = (state: StateFolder): Outbox =>
  openGenerations({
    folder: state.path,
    continues: state.trouble !== undefined,
    bytesMax: state.outboxBytesMax(64 * MiB),
    groupSeconds: 60,
  })

const code = (i: number): string => `AAAA-AAA${'ABCDEFGHJK'[i]}`

/** Plays central: takes everything there is, generation after generation, with the name each record has for ever. */
function takeAll(outbox: Outbox, taken: Map<string, string>): void {
  for (let rounds = 0; outbox.counters().records > 0; rounds++) {
    assert.ok(rounds < 20, 'central gets to the end')
    const epoch = outbox.epoch()
    for (const lane of ['t', 'e'] as const) {
      for (const { seq, body } of outbox.pending(lane, 0, 500)) {
        const name = `${epoch} ${lane} ${seq}`
        const words = JSON.stringify(body)
        assert.equal(taken.get(name) ?? words, words, `${name} was given to two facts`)
        taken.set(name, words)
      }
    }
    outbox.acked({ epoch, t: outbox.bounds('t').hi, e: outbox.bounds('e').hi })
  }
}

test('a box started on a read-only disk works from memory with all it knew, and tells so', { skip }, (t) => {
  const card = cardFor(t)
  const first = card.start()
  assert.deepEqual([first.path, first.trouble, first.isBack], [card.stateDir, undefined, false])
  const before = openVisitorDatabase(first.path, () => {})
  before.exec('UPDATE last_client_id SET id = 41')
  const key = loadVisitorKey(first.path)
  const name = openPseudonyms(join(first.path, 'pseudonym.key'))('02:00:00:00:00:01')
  // Killed, not closed: its newest facts are in the log beside the file.
  execFileSync('cp', ['-r', card.stateDir, `${card.stateDir}-killed`])
  before.close()
  rmSync(card.stateDir, { recursive: true })
  execFileSync('mv', [`${card.stateDir}-killed`, card.stateDir])

  card.readOnly()
  const second = card.start()
  assert.equal(second.trouble, 'EROFS')
  assert.ok(second.path.startsWith(card.memoryDir))
  assert.equal(statSync(second.path).mode & 0o777, 0o700)
  assert.match(card.lines.join('\n'), /STORAGE FAILED: .*EROFS.*without power it forgets/)
  const after = openVisitorDatabase(second.path, () => {})
  assert.equal(after.prepare('SELECT id FROM last_client_id').pluck().get(), 41)
  after.exec('UPDATE last_client_id SET id = 42')
  after.close()
  assert.deepEqual(loadVisitorKey(second.path), key)
  assert.equal(openPseudonyms(join(second.path, 'pseudonym.key'))('02:00:00:00:00:01'), name)

  const third = card.start()
  assert.equal(third.path, second.path, 'a program that is started again goes on where the last one was')

  card.writable()
  const fourth = card.start()
  assert.deepEqual([fourth.path, fourth.trouble, fourth.isBack], [card.stateDir, undefined, true])
  const back = openVisitorDatabase(fourth.path, () => {})
  assert.equal(back.prepare('SELECT id FROM last_client_id').pluck().get(), 42, 'what memory learned is on the disk')
  back.close()
  assert.deepEqual(readdirSync(card.memoryDir), [])
  assert.equal(card.start().isBack, false)
})

test('keys that a read-only disk does not have are made in memory', { skip }, (t) => {
  const card = cardFor(t)
  card.start()
  card.readOnly()
  const state = card.start()
  assert.equal(state.trouble, 'EROFS')
  assert.equal(loadVisitorKey(state.path).length, 32)
  assert.match(openPseudonyms(join(state.path, 'pseudonym.key'))('02:00:00:00:00:01'), /^[0-9a-f]{16}$/)
  assert.deepEqual(loadVisitorKey(card.start().path), loadVisitorKey(state.path))
})

test('records from before, during and after a failure of the disk reach central once each, under numbers used once', { skip }, (t) => {
  const card = cardFor(t)
  const central = new Map<string, string>()
  const disk = outboxOf(card.start())
  disk.record('complaint', complaint(code(0)))
  disk.record('session', session('before'))
  for (let i = 0; i < 3; i++) disk.record('usage', usage())
  disk.close()

  card.readOnly()
  const memory = outboxOf(card.start())
  const during = memory.record('complaint', complaint(code(1)))
  memory.record('usage', usage())
  memory.flush()
  assert.equal(memory.counters().records, 7)
  assert.equal(memory.eventDelivered(1), false)
  assert.equal(memory.eventDelivered(during), false)
  const old = memory.epoch()
  memory.acked({ epoch: old, t: 0, e: 1 })
  assert.equal(memory.eventDelivered(1), true)
  assert.equal(memory.eventDelivered(2), false)
  assert.equal(memory.eventDelivered(during), false, 'another generation’s first event')
  memory.close()

  // The program ends and starts in memory once more, and central hears a part of it.
  const again = outboxOf(card.start())
  assert.equal(again.epoch(), old, 'what is older goes first')
  for (const lane of ['t', 'e'] as const)
    for (const { seq, body } of again.pending(lane, 0, 500)) central.set(`${old} ${lane} ${seq}`, JSON.stringify(body))
  again.acked({ epoch: old, t: 3, e: 2 })
  assert.notEqual(again.epoch(), old, 'then comes what memory took in')
  assert.equal(again.eventDelivered(2), true)
  again.close()

  card.writable()
  const back = outboxOf(card.start())
  back.record('complaint', complaint(code(2)))
  back.flush()
  takeAll(back, central)
  assert.equal(back.eventDelivered(during), true)
  assert.equal(back.counters().records, 0)
  back.close()
  assert.deepEqual(
    readdirSync(card.stateDir)
      .filter((name) => name.startsWith('outbox'))
      .sort(),
    ['outbox.db', 'outbox.db.ballast'],
  )
  const bodies = [...central.values()].map((words) => JSON.parse(words) as { code?: string })
  assert.deepEqual(bodies.flatMap((body) => body.code ?? []).sort(), [code(0), code(1), code(2)])
  assert.equal(central.size, 8)
})

test('a power cut forgets what was only in memory, and the disk goes on under its own numbers', { skip }, (t) => {
  const card = cardFor(t)
  const central = new Map<string, string>()
  const disk = outboxOf(card.start())
  disk.record('complaint', complaint(code(0)))
  disk.close()
  card.readOnly()
  const memory = outboxOf(card.start())
  memory.record('complaint', complaint(code(1)))
  memory.record('complaint', complaint(code(2)))
  // Central hears of the old ones and of one more, then the power goes.
  const old = memory.epoch()
  central.set(`${old} e 1`, JSON.stringify(memory.pending('e', 0, 1)[0]!.body))
  memory.acked({ epoch: old, t: 0, e: 1 })
  central.set(`${memory.epoch()} e 1`, JSON.stringify(memory.pending('e', 0, 1)[0]!.body))
  memory.close()
  card.powerCut()

  card.writable()
  const back = outboxOf(card.start())
  assert.equal(back.epoch(), old)
  back.record('complaint', complaint(code(3)))
  takeAll(back, central)
  back.close()
  const codes = [...central.values()].map((words) => (JSON.parse(words) as { code: string }).code)
  assert.deepEqual(codes.sort(), [code(0), code(1), code(3)])
})

test('coming back is done again after a crash in its middle', { skip }, (t) => {
  const card = cardFor(t)
  const disk = outboxOf(card.start())
  disk.record('complaint', complaint(code(0)))
  disk.close()
  card.readOnly()
  const memory = outboxOf(card.start())
  memory.record('complaint', complaint(code(1)))
  memory.close()
  const copy = join(card.memoryDir, readdirSync(card.memoryDir)[0]!)
  execFileSync('cp', ['-a', copy, `${copy}-kept`])

  card.writable()
  card.start()
  // As if the copy had not been removed yet, and one file had only half arrived.
  execFileSync('mv', [`${copy}-kept`, copy])
  writeFileSync(join(card.stateDir, 'outbox.db.arriving'), 'half')
  const back = outboxOf(card.start())
  const central = new Map<string, string>()
  takeAll(back, central)
  back.close()
  assert.deepEqual([...central.values()].map((words) => (JSON.parse(words) as { code: string }).code).sort(), [code(0), code(1)])
})

test('a disk that others filled gives up the room set aside before it counts as failed', { skip }, (t) => {
  const card = cardFor(t, 12)
  outboxOf(card.start()).close()
  const filler = join(card.stateDir, '..', 'somebody-else.log')
  execFileSync('sh', ['-c', `dd if=/dev/zero of=${filler} bs=64k 2>/dev/null || true`])
  const state = card.start()
  assert.equal(state.trouble, undefined)
  assert.ok(!readdirSync(card.stateDir).includes('outbox.db.ballast'))

  execFileSync('sh', ['-c', `dd if=/dev/zero of=${filler}2 bs=4k 2>/dev/null || true`])
  const full = card.start()
  assert.equal(full.trouble, 'ENOSPC')
  rmSync(`${filler}2`)
  assert.equal(card.start().isBack, true, 'with room again it goes back')
})

test('a folder in RAM that somebody else prepared is not trusted', { skip }, (t) => {
  const card = cardFor(t)
  card.readOnly()
  const { path } = card.start()
  rmSync(path, { recursive: true })
  mkdirSync(path)
  chmodSync(path, 0o777)
  writeFileSync(join(path, '.complete'), '{"outboxTaken":true}')
  assert.throws(() => card.start(), /belongs to somebody else/)
  assert.equal(readFileSync(join(path, '.complete'), 'utf8').length > 0, true)
})
