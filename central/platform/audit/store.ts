import { randomBytes } from 'node:crypto'
import { setImmediate as breathe } from 'node:timers/promises'
import type { Db, Trx } from '../db/database.ts'
import type { HeldAs } from '../db/tables.ts'
import { canonicalJson, entryHash, GENESIS, payloadHash, type AuditEntry } from './chain.ts'

export type AuditFact = {
  at: number
  userId: number | null
  positionId?: number | null
  heldAs?: HeldAs | null
  /** What it is about: a module's id, or `accounts`. */
  subject: string
  caseId?: number | null
  action: string
  /** Kept beside the chain; `summary` is the line people read. */
  payload: { summary: string } & Record<string, unknown>
}

/** Appends within the caller's transaction; the head row makes writers queue, so numbers have no gap. @returns its number. */
export async function appendAudit(trx: Trx, fact: AuditFact): Promise<number> {
  const head = await trx
    .updateTable('auditHead')
    .set((e) => ({ number: e('number', '+', 1) }))
    .where('id', '=', 1)
    .returning(['number', 'hash'])
    .executeTakeFirstOrThrow()
  const salt = randomBytes(16).toString('hex')
  const payload = canonicalJson(fact.payload)
  const entry: AuditEntry = {
    number: head.number,
    at: fact.at,
    userId: fact.userId,
    positionId: fact.positionId ?? null,
    heldAs: fact.heldAs ?? null,
    subject: fact.subject,
    caseId: fact.caseId ?? null,
    action: fact.action,
    payloadHash: payloadHash(salt, payload),
  }
  const hash = entryHash(head.hash, entry)
  await trx
    .insertInto('audit')
    .values({ ...entry, prev: head.hash, hash })
    .execute()
  await trx.insertInto('auditPayloads').values({ number: entry.number, salt, payload, erasedAt: null }).execute()
  await trx.updateTable('auditHead').set({ hash }).where('id', '=', 1).execute()
  return entry.number
}

/** Rows read at a time while verifying: a million entries never sit in memory together. */
const VERIFY_ROWS = 1_000

export type ChainVerdict = { ok: true; entries: number; anchor: string } | { ok: false; number: number; why: ChainFault }
type ChainFault = 'missing' | 'altered' | 'payload-altered' | 'payload-missing' | 'cut-off'

/** Recomputes every hash from the first entry and names the first row that does not fit. */
export async function verifyChain(db: Db): Promise<ChainVerdict> {
  let prev = GENESIS
  let last = 0
  for (;;) {
    const rows = await db
      .selectFrom('audit')
      .leftJoin('auditPayloads', 'auditPayloads.number', 'audit.number')
      .selectAll('audit')
      .select(['auditPayloads.salt', 'auditPayloads.payload', 'auditPayloads.erasedAt'])
      .where('audit.number', '>', last)
      .orderBy('audit.number')
      .limit(VERIFY_ROWS)
      .execute()
    for (const row of rows) {
      const number = last + 1
      if (row.number !== number) return { ok: false, number, why: 'missing' }
      if (row.prev !== prev || entryHash(prev, row) !== row.hash) return { ok: false, number, why: 'altered' }
      if (row.salt === null) return { ok: false, number, why: 'payload-missing' }
      if (row.payload === null ? row.erasedAt === null : payloadHash(row.salt, row.payload) !== row.payloadHash) {
        return { ok: false, number, why: 'payload-altered' }
      }
      prev = row.hash
      last = number
    }
    if (rows.length < VERIFY_ROWS) break
    // SQLite answers at once: without this nobody else would be served until the last entry.
    await breathe()
  }
  const head = await anchor(db)
  // Entries appended while we read are newer than the last row we saw; fewer than the head says were cut off.
  if (head.number < last || (head.number === last && head.hash !== prev)) return { ok: false, number: last, why: 'altered' }
  if (
    head.number > last &&
    !(await db
      .selectFrom('audit')
      .select('number')
      .where('number', '=', last + 1)
      .executeTakeFirst())
  ) {
    return { ok: false, number: last + 1, why: 'cut-off' }
  }
  return { ok: true, entries: last, anchor: prev }
}

/** The newest entry's number and hash: printed or published, it pins everything before it. */
export async function anchor(db: Db): Promise<{ number: number; hash: string }> {
  return db.selectFrom('auditHead').select(['number', 'hash']).where('id', '=', 1).executeTakeFirstOrThrow()
}

export type AuditLine = {
  number: number
  at: number
  action: string
  actor: string | null
  position: string | null
  heldAs: string | null
  summary: string
}

/** The readable history of a case, oldest first. */
export async function caseHistory(db: Db, caseId: number): Promise<AuditLine[]> {
  const rows = await db
    .selectFrom('audit')
    .leftJoin('auditPayloads', 'auditPayloads.number', 'audit.number')
    .leftJoin('users', 'users.id', 'audit.userId')
    .leftJoin('positions', 'positions.id', 'audit.positionId')
    .select(['audit.number', 'audit.at', 'audit.action', 'audit.heldAs', 'auditPayloads.payload'])
    .select(['users.name as actor', 'positions.name as position'])
    .where('audit.caseId', '=', caseId)
    .orderBy('audit.number')
    .execute()
  return rows.map(({ payload, ...row }) => ({
    ...row,
    summary: payload === null ? '' : (JSON.parse(payload) as { summary: string }).summary,
  }))
}
