/** A page of central's database rots: yesterday's backup is put back, and the boxes fill it up again. And one of a box's outbox. */
import { closeSync, copyFileSync, fstatSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { openOutbox } from '#edge/telemetry/outbox.ts'
import { seededRandom } from '#scripts/demo-city/random.ts'
import { settle } from '../end.ts'
import { complaintOf } from '../power-cut/facts.ts'
import { openRoad } from '../road.ts'
import type { Scenario } from '../scenario.ts'

const PAGE_BYTES = 4096
const DRAIN_SECONDS_MAX = 60
/** Of one outbox; each must outlive the damage, unless it stood on the page itself. */
const COMPLAINTS = 300

export const corruptPage: Scenario = {
  name: 'corrupt-page',
  what: 'rotten pages in central’s database (backup put back, boxes refill it) and in an outbox',
  rounds: { unit: 'times rotten, on each side', smoke: 1, full: 20 },
  async run({ seed, rounds }) {
    const random = seededRandom(seed)
    await using road = await openRoad({ broker: 'embedded', box: { everyMilliseconds: 8 } })
    const backup = join(road.folder, 'backup.db')
    let noticed = 0
    for (let round = 0; round < rounds; round++) {
      await setTimeout(600)
      rmSync(backup, { force: true })
      const source = new Database(road.central.file)
      await source.backup(backup)
      source.close()
      await setTimeout(800)
      await road.kill('central')
      // Its log would put back what is broken here.
      const db = new Database(road.central.file)
      db.pragma('wal_checkpoint(TRUNCATE)')
      db.close()
      spoil(road.central.file, random)
      if (isDamaged(road.central.file)) noticed += 1
      for (const suffix of ['-wal', '-shm']) rmSync(road.central.file + suffix, { force: true })
      copyFileSync(backup, road.central.file)
      await road.start('central')
    }
    const outcome = await settle(road, `${rounds} backups put back over a rotten database`, DRAIN_SECONDS_MAX)
    outcome.notes.push(`SQLite's own check noticed ${noticed} of ${rounds} rotten pages`)
    const outboxes = Array.from({ length: rounds }, () => rottenOutbox(random))
    const worst = Math.max(...outboxes.map(({ gone }) => gone))
    outcome.notes.push(
      `${rounds} rotten outboxes: ${outboxes.filter(({ damaged }) => damaged).length} set aside, at worst ${worst} of ${COMPLAINTS} complaints unreadable`,
    )
    // A page holds some twenty of them; what is not on it must be there.
    if (worst > COMPLAINTS_PER_PAGE_MAX) outcome.failures.push(`a rotten page cost ${worst} complaints`)
    return outcome
  },
}

/** At about 150 bytes each, with room for a leaf that two pages share. */
const COMPLAINTS_PER_PAGE_MAX = 40

/** Known limit: of a table whose first page is rotten SQLite reads nothing. Of a full outbox that is one page in some 16,000. */
function rootPages(file: string): Set<number> {
  const db = new Database(file, { readonly: true })
  try {
    return new Set(db.prepare('SELECT rootpage - 1 FROM sqlite_schema').pluck().all() as number[])
  } finally {
    db.close()
  }
}

function spoil(file: string, random: () => number, spared: ReadonlySet<number> = new Set()): void {
  const handle = openSync(file, 'r+')
  const pages = Math.floor(fstatSync(handle).size / PAGE_BYTES)
  // Never the first page: without its head it is no database at all, which is an easier story.
  const candidates = Array.from({ length: pages - 1 }, (_, i) => i + 1).filter((page) => !spared.has(page))
  const page = candidates[Math.floor(random() * candidates.length)]!
  writeSync(handle, Buffer.alloc(PAGE_BYTES, Math.floor(random() * 256)), 0, PAGE_BYTES, page * PAGE_BYTES)
  closeSync(handle)
}

function isDamaged(file: string): boolean {
  const db = new Database(file, { readonly: true })
  try {
    return db.pragma('integrity_check(1)', { simple: true }) !== 'ok'
  } catch {
    return true
  } finally {
    db.close()
  }
}

function rottenOutbox(random: () => number): { damaged: boolean; gone: number } {
  const folder = mkdtempSync(join(tmpdir(), 'rotten-'))
  const file = join(folder, 'outbox.db')
  const options = { file, bytesMax: 8 * 1024 * 1024, groupSeconds: 60 }
  try {
    const before = openOutbox(options)
    for (let i = 1; i <= COMPLAINTS; i++) before.record('complaint', complaintOf(i))
    before.close()
    spoil(file, random, rootPages(file))
    const after = openOutbox(options)
    const there = new Set(
      after
        .pending('e', 0, 2 * COMPLAINTS)
        .filter(({ kind }) => kind === 'complaint')
        .map(({ body }) => (body as { code: string }).code),
    )
    const damaged = after.counters().damaged > 0
    after.close()
    return { damaged, gone: COMPLAINTS - there.size }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
