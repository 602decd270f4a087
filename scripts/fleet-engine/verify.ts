/**
 * Both ends' books compared: what the fleet's ledgers say boxes were told is safe, and what central has. A fact is known by
 * its box and by the value of its kernel's clock, which no box uses twice (kernel-clock.ts); its words by their checksum.
 */
import { createReadStream, existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import Sqlite from 'better-sqlite3'
import { openStore } from '#edge/telemetry/store.ts'
import { LANES } from '#edge/wire/envelope.ts'
import type { CentralBooks } from './central-books.ts'
import { readLine, type CardEvent, type Fact } from './ledger.ts'

export type Verdict = {
  accepted: number
  stored: number
  /** Refused by central, with the reason written down. */
  quarantined: number
  /** Telemetry that a full outbox gave up; central knows the numbers that will never come. */
  counted: number
  /** On a card that was taken out of its box before central had it. */
  cardGone: number
  /** On the box's card still, to go out when it next runs. */
  onCard: number
  lost: number
  duplicated: number
  /** Stored with other words than the box wrote down. */
  altered: number
  /** Stored, though no ledger has it: the fleet was killed between the box's commit and the ledger's. */
  unledgered: number
  complaints: number
  /** Complaints whose record is stored, and which the government's part does not have. */
  complaintsMissing: number
  /** Numbers that central knows will never come. */
  gapRecords: number
  octets: { records: number; charts: number }
  /** A few of what is wrong, by name. */
  examples: string[]
}

const EXAMPLES_MAX = 10
const ROWS_AT_ONCE = 1_000
/** Of these central keeps less than the box said: a visitor's tags and a citizen's words are not kept twice. */
const KEPT_SHORTER = "('visit', 'complaint')"

const SCHEMA = `
  CREATE TABLE told (node TEXT, mono INTEGER, kind TEXT, sum TEXT, epoch TEXT, lane TEXT, seq INTEGER, code TEXT, place INTEGER, gone INTEGER);
  CREATE TABLE stored (node TEXT, mono INTEGER, kind TEXT, sum TEXT, epoch TEXT, lane TEXT, seq INTEGER, code TEXT);
  CREATE TABLE refused (node TEXT, mono INTEGER, kind TEXT);
  CREATE TABLE waiting (node TEXT, mono INTEGER, kind TEXT);
  CREATE TABLE gap (node TEXT, lane TEXT, lo INTEGER, hi INTEGER);
`
const INDEXES = `
  CREATE INDEX told_fact ON told (node, mono, kind);
  CREATE INDEX stored_fact ON stored (node, mono, kind);
  CREATE INDEX refused_fact ON refused (node, mono, kind);
  CREATE INDEX waiting_fact ON waiting (node, mono, kind);
  CREATE INDEX gap_node ON gap (node, lane);
`
const SAME = 's.node = t.node AND s.mono = t.mono AND s.kind = t.kind'
const IS_STORED = `EXISTS (SELECT 1 FROM stored s WHERE ${SAME})`
const IS_REFUSED = `EXISTS (SELECT 1 FROM refused s WHERE ${SAME})`
/** Events are never given up: a jump over one is a loss. */
const IS_WAITING = `EXISTS (SELECT 1 FROM waiting s WHERE ${SAME})`
const IS_COUNTED = `t.lane = 't' AND EXISTS (SELECT 1 FROM gap g WHERE g.node = t.node AND g.lane = t.lane AND t.seq BETWEEN g.lo AND g.hi)`

/** @param folder of the fleet, with its ledgers and cards; it must not be running. @throws when there is no ledger. */
export async function verify(folder: string, central: CentralBooks): Promise<Verdict> {
  const file = join(folder, 'verify.db')
  const clear = () => ['', '-journal'].forEach((suffix) => rmSync(file + suffix, { force: true }))
  clear()
  const db = new Sqlite(file)
  try {
    db.pragma('journal_mode = OFF')
    db.pragma('synchronous = OFF')
    db.exec(SCHEMA)
    db.exec('BEGIN')
    await readLedgers(db, folder)
    await readCentral(db, central)
    db.exec(INDEXES)
    readCards(db, folder)
    db.exec('COMMIT')
    return await compare(db, central)
  } finally {
    db.close()
    clear()
  }
}

async function readLedgers(db: Sqlite.Database, folder: string): Promise<void> {
  const files = readdirSync(folder).filter((name) => /^ledger-\d+\.txt$/.test(name))
  if (files.length === 0) throw new Error(`There is no ledger in ${folder}: no fleet has run there.`)
  const told = db.prepare('INSERT INTO told VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)')
  const goneSince = db.prepare('UPDATE told SET gone = 1 WHERE node = ? AND place > ?')
  db.exec('CREATE INDEX told_place ON told (node, place)')
  const images = new Map<string, number>()
  let place = 0
  const cardEvent = (node: string, event: CardEvent) => {
    if (event === 'image') images.set(node, place)
    // What was on the card that was taken out can still have reached central before; if not, nobody has it any more.
    else goneSince.run(node, event === 'restored' ? (images.get(node) ?? 0) : 0)
  }
  for (const name of files)
    for await (const line of createInterface({ input: createReadStream(join(folder, name)) })) {
      const read = readLine(line)
      if (!read) continue
      if (read.kind !== 'facts') cardEvent(read.node, read.kind)
      else
        for (const { node, mono, kind, sum, epoch, lane, seq, code } of read.facts)
          told.run(node, mono, kind, sum, epoch, lane, seq, code, ++place)
    }
}

async function readCentral(db: Sqlite.Database, central: CentralBooks): Promise<void> {
  const isOurs = db.prepare('SELECT 1 FROM told WHERE node = ? LIMIT 1').pluck()
  const ours = new Map<string, boolean>()
  const mine = (node: string): boolean => {
    const known = ours.get(node) ?? isOurs.get(node) === 1
    ours.set(node, known)
    return known
  }
  const stored = db.prepare('INSERT INTO stored VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  await central.stored(({ node, mono, kind, sum, epoch, lane, seq, code }: Fact) => {
    if (mine(node)) stored.run(node, mono, kind, sum, epoch, lane, seq, code)
  })
  const refused = db.prepare('INSERT INTO refused VALUES (?, ?, ?)')
  await central.quarantined(({ node, mono, kind }) => {
    if (mine(node)) refused.run(node, mono, kind)
  })
  const gap = db.prepare('INSERT INTO gap VALUES (?, ?, ?, ?)')
  for (const { node, lane, from, to } of await central.gaps()) if (mine(node)) gap.run(node, lane, from, to)
}

/** What boxes still have to say. Only of those that central misses something of: a fleet has thousands of cards. */
function readCards(db: Sqlite.Database, folder: string): void {
  const late = db.prepare(`SELECT DISTINCT t.node FROM told t WHERE NOT ${IS_STORED}`).pluck().all() as string[]
  const waiting = db.prepare('INSERT INTO waiting VALUES (?, ?, ?)')
  for (const node of late) {
    const file = join(folder, 'cards', `${node}.db`)
    if (!existsSync(file)) continue
    const card = openStore(file)
    try {
      const { marks } = card.readNotes()
      for (const lane of LANES)
        for (let after: number | undefined = marks[lane]; after !== undefined;) {
          const rows = card.after(lane, after, ROWS_AT_ONCE)
          for (const { record } of rows) waiting.run(node, record.mono, record.kind)
          after = rows.at(-1)?.record.seq
        }
    } finally {
      card.close()
    }
  }
}

async function compare(db: Sqlite.Database, central: CentralBooks): Promise<Verdict> {
  const count = (sql: string) => Number(db.prepare(sql).pluck().get() ?? 0)
  const named = (words: string, sql: string): string[] =>
    (db.prepare(`${sql} LIMIT ${EXAMPLES_MAX}`).all() as Fact[]).map(
      ({ node, kind, epoch, lane, seq }) => `${node}: ${kind} ${lane} ${seq} of ${epoch} ${words}`,
    )
  // Looked at in this order, so that each fact is in one column only.
  const missing = `FROM told t WHERE NOT ${IS_STORED}`
  const unrefused = `${missing} AND NOT ${IS_REFUSED}`
  const uncounted = `${unrefused} AND NOT (${IS_COUNTED})`
  const unwaiting = `${uncounted} AND NOT ${IS_WAITING}`
  const lost = `${unwaiting} AND gone = 0`
  const altered = `FROM told t JOIN stored s ON ${SAME} WHERE s.sum <> t.sum AND t.kind NOT IN ${KEPT_SHORTER}`
  const double = 'FROM stored GROUP BY node, mono, kind HAVING COUNT(*) > 1'
  const codes = await central.complaintCodes()
  const complaints = db.prepare("SELECT code FROM stored WHERE kind = 'complaint'").pluck().all() as string[]
  const complaintsMissing = complaints.filter((code) => !codes.has(code))
  return {
    accepted: count('SELECT COUNT(*) FROM told'),
    stored: count(`SELECT COUNT(*) FROM told t WHERE ${IS_STORED}`),
    quarantined: count(`SELECT COUNT(*) ${missing} AND ${IS_REFUSED}`),
    counted: count(`SELECT COUNT(*) ${unrefused} AND ${IS_COUNTED}`),
    onCard: count(`SELECT COUNT(*) ${uncounted} AND ${IS_WAITING}`),
    cardGone: count(`SELECT COUNT(*) ${unwaiting} AND gone = 1`),
    lost: count(`SELECT COUNT(*) ${lost}`),
    duplicated: count(`SELECT SUM(n - 1) FROM (SELECT COUNT(*) AS n ${double})`),
    altered: count(`SELECT COUNT(*) ${altered}`),
    unledgered: count(`SELECT COUNT(*) FROM stored t WHERE NOT EXISTS (SELECT 1 FROM told s WHERE ${SAME})`),
    complaints: complaints.length,
    complaintsMissing: complaintsMissing.length,
    gapRecords: count('SELECT SUM(hi - lo + 1) FROM gap'),
    octets: await central.octets(),
    examples: [
      ...named('is lost', `SELECT t.* ${lost}`),
      ...named('is stored twice', `SELECT node, kind, epoch, lane, seq ${double}`),
      ...named('is stored in other words', `SELECT t.* ${altered}`),
      ...complaintsMissing.slice(0, EXAMPLES_MAX).map((code) => `complaint ${code} is not among the cases`),
    ],
  }
}

/** What must not be; empty when the books balance. */
export function wrongIn(verdict: Verdict): string[] {
  const { accepted, stored, quarantined, counted, onCard, cardGone, lost, duplicated, altered, complaintsMissing, octets } = verdict
  const balance = stored + quarantined + counted + onCard + cardGone + lost
  return [
    ...(accepted === 0 ? ['the ledger is empty: nothing was proved'] : []),
    ...(lost > 0 ? [`${lost} records are lost`] : []),
    ...(duplicated > 0 ? [`${duplicated} records are stored twice`] : []),
    ...(altered > 0 ? [`${altered} records are stored in other words than the box's`] : []),
    ...(complaintsMissing > 0 ? [`${complaintsMissing} complaints never became a case`] : []),
    ...(octets.records === octets.charts ? [] : [`records add up to ${octets.records} octets, charts to ${octets.charts}`]),
    ...(accepted === balance ? [] : [`accepted ${accepted} is not the sum ${balance} of its parts`]),
  ]
}
