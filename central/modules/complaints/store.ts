/** All SQL of the complaints themselves; lists and counts are in queries.ts, the kernel's own tables in platform/cases. */
import { attachFile } from '../../platform/files/store.ts'
import type { Db, Trx } from '../../platform/db/database.ts'
import type { Acting } from '../../platform/cases/machine.ts'
import type { ReceivedComplaint } from './api.ts'
import type { ComplaintTables } from './tables.ts'

const tables = (db: Db) => db.withTables<ComplaintTables>()

export type ComplaintRecord = ComplaintTables['complaints']
export type AnswerRecord = { text: string; photo: string | null; positionId: number; at: number }

export async function complaintOf(db: Db, caseId: number): Promise<ComplaintRecord> {
  return tables(db).selectFrom('complaints').selectAll().where('caseId', '=', caseId).executeTakeFirstOrThrow()
}

export async function insertComplaint(trx: Trx, caseId: number, arrival: ReceivedComplaint, telemetry: string): Promise<void> {
  const { code, category, text, language, hotspot, at } = arrival
  await tables(trx)
    .insertInto('complaints')
    .values({
      caseId,
      code,
      node: hotspot.node,
      hotspotName: hotspot.name,
      kelurahan: hotspot.kelurahan,
      kelurahanName: hotspot.kelurahanName,
      category,
      text,
      language,
      anonymous: arrival.anonymous ? 1 : 0,
      filedAt: at,
      telemetry,
      returned: 0,
      closingReason: null,
    })
    .execute()
  if (arrival.contact === undefined) return
  await tables(trx).insertInto('complaintContacts').values({ caseId, contact: arrival.contact, expiresAt: null }).execute()
}

export async function countReturn(trx: Trx, caseId: number): Promise<void> {
  await tables(trx)
    .updateTable('complaints')
    .set((e) => ({ returned: e('returned', '+', 1) }))
    .where('caseId', '=', caseId)
    .execute()
}

export async function setClosingReason(trx: Trx, caseId: number, closingReason: string): Promise<void> {
  await tables(trx).updateTable('complaints').set({ closingReason }).where('caseId', '=', caseId).execute()
}

export async function contactOf(db: Db, caseId: number): Promise<string | null> {
  const row = await tables(db).selectFrom('complaintContacts').select('contact').where('caseId', '=', caseId).executeTakeFirst()
  return row?.contact ?? null
}

/** From the end of the case the contact lives only as long as the rule says. */
export async function expireContact(trx: Trx, caseId: number, expiresAt: number): Promise<void> {
  await tables(trx).updateTable('complaintContacts').set({ expiresAt }).where('caseId', '=', caseId).execute()
}

/** @returns how many contacts were forgotten. */
export async function forgetContacts(db: Db, now: number): Promise<number> {
  const result = await tables(db).deleteFrom('complaintContacts').where('expiresAt', '<=', now).executeTakeFirst()
  return Number(result.numDeletedRows)
}

export async function insertInstruction(
  trx: Trx,
  order: { caseId: number; text: string; userId: number; acting: Acting; toPositionId: number; dueAt: number; at: number },
): Promise<void> {
  const { caseId, text, userId, acting, toPositionId, dueAt, at } = order
  await tables(trx)
    .insertInto('complaintInstructions')
    .values({
      caseId,
      text,
      fromUserId: userId,
      fromPositionId: acting.id,
      heldAs: acting.as,
      toPositionId,
      dueAt,
      createdAt: at,
      doneAt: null,
    })
    .execute()
}

export async function finishInstructions(trx: Trx, caseId: number, at: number): Promise<void> {
  await tables(trx)
    .updateTable('complaintInstructions')
    .set({ doneAt: at })
    .where('caseId', '=', caseId)
    .where('doneAt', 'is', null)
    .execute()
}

export async function instructionsOf(db: Db, caseId: number) {
  return tables(db)
    .selectFrom('complaintInstructions as i')
    .innerJoin('positions as source', 'source.id', 'i.fromPositionId')
    .innerJoin('positions as target', 'target.id', 'i.toPositionId')
    .select(['i.id', 'i.text', 'i.heldAs', 'i.toPositionId', 'i.dueAt', 'i.createdAt', 'i.doneAt'])
    .select(['source.name as fromName', 'target.name as toName'])
    .where('i.caseId', '=', caseId)
    .orderBy('i.id')
    .execute()
}

export async function insertAnswer(
  trx: Trx,
  order: { caseId: number; text: string; photo: string | null; userId: number; acting: Acting; at: number },
): Promise<void> {
  const { caseId, text, photo, userId, acting, at } = order
  if (photo !== null) await attachFile(trx, photo, caseId, at)
  await tables(trx)
    .insertInto('complaintAnswers')
    .values({ caseId, text, photo, userId, positionId: acting.id, heldAs: acting.as, at })
    .execute()
}

export async function answersOf(db: Db, caseId: number) {
  return tables(db)
    .selectFrom('complaintAnswers as a')
    .innerJoin('positions', 'positions.id', 'a.positionId')
    .select(['a.text', 'a.photo', 'a.positionId', 'a.heldAs', 'a.at', 'positions.name as positionName'])
    .where('a.caseId', '=', caseId)
    .orderBy('a.id')
    .execute()
}

export async function lastAnswer(db: Db, caseId: number): Promise<AnswerRecord | undefined> {
  return tables(db)
    .selectFrom('complaintAnswers')
    .select(['text', 'photo', 'positionId', 'at'])
    .where('caseId', '=', caseId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}
