/** People who log in by RADIUS, and what boxes say of the list. A change, its version and its audit entry are one transaction. */
import type { RadiusReport } from '#edge/wire/desired.ts'
import { RADIUS_USERS_MAX, type RadiusUser } from '#edge/wire/radius-accounts.ts'
import { appendAudit } from '../../platform/audit/store.ts'
import type { Database, Db, Trx } from '../../platform/db/database.ts'
import { USERS_SHOWN_MAX, type RadiusUserRow, type UserQuery } from './api.ts'

type UserColumns = {
  id: number
  name: string
  passwordHash: string
  ntHash: string | null
  userGroup: string | null
  validUntil: number | null
  sessionSeconds: number | null
  disabledAt: number | null
  changedAt: number
}
type RadiusTables = {
  radiusUsers: UserColumns
  radiusHead: { id: number; version: number }
  radiusBoxes: { node: string; report: string; reportedAt: number }
}
const tables = (db: Db) => db.withTables<RadiusTables>()

export type Author = { userId: number | null; positionId: number | null; at: number }
export type UserFacts = { group: string | null; until: number | null; sessionSeconds: number | null }
export type UserHashes = { passwordHash: string; ntHash: string | null }
export type Accounts = { version: number; users: RadiusUser[] }
export type BoxReport = { node: string; report: RadiusReport; reportedAt: number }
export type RadiusStore = ReturnType<typeof createRadiusStore>

export function createRadiusStore(database: Database) {
  const { db } = database
  /** The newest read stays good while its version is the newest. */
  let newest: Accounts = { version: 0, users: [] }

  const versionOf = async (at: Db): Promise<number> =>
    (await tables(at).selectFrom('radiusHead').select('version').where('id', '=', 1).executeTakeFirstOrThrow()).version

  /** First in each change: the row's lock makes writers queue. A clock that was put back must not give a version boxes have. */
  async function nextVersion(trx: Trx, at: number): Promise<number> {
    await tables(trx)
      .updateTable('radiusHead')
      .set((e) => ({ version: e('version', '+', 1) }))
      .where('id', '=', 1)
      .execute()
    const raised = await versionOf(trx)
    const version = Math.max(at, raised)
    await tables(trx).updateTable('radiusHead').set({ version }).where('id', '=', 1).execute()
    return version
  }

  /** The audit names an account by its number: it is never erased, and a person may be. */
  const audit = (trx: Trx, author: Author, action: string, id: number, version: number) => {
    const { at, userId, positionId } = author
    const payload = { summary: `Pengguna RADIUS nomor ${id} ${ACTION_WORDS[action] ?? action}`, user: id, version }
    return appendAudit(trx, { at, userId, positionId, subject: 'radius-user', action, payload })
  }

  return {
    version: () => versionOf(db),
    async accounts(): Promise<Accounts> {
      const version = await versionOf(db)
      if (version === newest.version) return newest
      return database.transaction(async (trx) => {
        const rows = await tables(trx).selectFrom('radiusUsers').selectAll().where('disabledAt', 'is', null).orderBy('id').execute()
        newest = { version: await versionOf(trx), users: rows.map(toWire) }
        return newest
      })
    },
    add: (name: string, facts: UserFacts, hashes: UserHashes, author: Author) =>
      database.transaction(async (trx): Promise<{ ok: true; id: number; version: number } | { ok: false; problem: 'taken' | 'full' }> => {
        const version = await nextVersion(trx, author.at)
        const users = tables(trx)
        const { count } = await users
          .selectFrom('radiusUsers')
          .select((e) => e.fn.countAll<number>().as('count'))
          .executeTakeFirstOrThrow()
        if (count >= RADIUS_USERS_MAX) return { ok: false, problem: 'full' }
        const added = await users
          .insertInto('radiusUsers')
          .values({ name, ...hashes, ...columnsOf(facts), disabledAt: null, changedAt: author.at } as never)
          .onConflict((conflict) => conflict.column('name').doNothing())
          .returning('id')
          .executeTakeFirst()
        if (!added) return { ok: false, problem: 'taken' }
        await audit(trx, author, 'add', added.id, version)
        return { ok: true, id: added.id, version }
      }),
    /** `hashes` absent: the password stays; `ntHash: null` alone takes the NT hash away. Undefined: no such person. */
    change: (id: number, of: UserFacts & { disabled: boolean }, hashes: Partial<UserHashes>, author: Author) =>
      database.transaction(async (trx): Promise<number | undefined> => {
        const version = await nextVersion(trx, author.at)
        const users = tables(trx)
        const before = await users.selectFrom('radiusUsers').select('disabledAt').where('id', '=', id).executeTakeFirst()
        if (!before) return undefined
        const disabledAt = of.disabled ? (before.disabledAt ?? author.at) : null
        await users
          .updateTable('radiusUsers')
          .set({ ...columnsOf(of), ...hashes, disabledAt, changedAt: author.at })
          .where('id', '=', id)
          .execute()
        const turned = (before.disabledAt === null) === of.disabled
        await audit(trx, author, turned ? (of.disabled ? 'disable' : 'enable') : 'change', id, version)
        return version
      }),
    remove: (id: number, author: Author) =>
      database.transaction(async (trx): Promise<number | undefined> => {
        const version = await nextVersion(trx, author.at)
        const gone = await tables(trx).deleteFrom('radiusUsers').where('id', '=', id).executeTakeFirst()
        if (Number(gone.numDeletedRows) !== 1) return undefined
        await audit(trx, author, 'remove', id, version)
        return version
      }),
    async find(id: number): Promise<RadiusUserRow | undefined> {
      const row = await tables(db).selectFrom('radiusUsers').selectAll().where('id', '=', id).executeTakeFirst()
      return row && toRow(row)
    },
    async list({ q, state }: UserQuery, now: number): Promise<{ users: RadiusUserRow[]; total: number; count: number }> {
      let found = tables(db).selectFrom('radiusUsers')
      if (q !== undefined && q.trim() !== '') {
        const like = `%${q
          .trim()
          .toLowerCase()
          .replaceAll(/[\\%_]/g, (letter) => `\\${letter}`)}%`
        found = found.where((e) => e(e.fn<string>('lower', ['name']), 'like', e.val(like)))
      }
      if (state === 'disabled') found = found.where('disabledAt', 'is not', null)
      if (state === 'expired') found = found.where('disabledAt', 'is', null).where('validUntil', '<=', now)
      if (state === 'active')
        found = found.where('disabledAt', 'is', null).where((e) => e.or([e('validUntil', 'is', null), e('validUntil', '>', now)]))
      const counting = <T extends { count: number }>(row: T) => row.count
      const [rows, total, count] = await Promise.all([
        found.selectAll().orderBy('name').limit(USERS_SHOWN_MAX).execute(),
        found
          .select((e) => e.fn.countAll<number>().as('count'))
          .executeTakeFirstOrThrow()
          .then(counting),
        tables(db)
          .selectFrom('radiusUsers')
          .select((e) => e.fn.countAll<number>().as('count'))
          .executeTakeFirstOrThrow()
          .then(counting),
      ])
      return { users: rows.map(toRow), total, count }
    },

    /** @returns what it said before. */
    async reported(node: string, report: RadiusReport, at: number): Promise<RadiusReport | undefined> {
      const row = { report: JSON.stringify(report), reportedAt: at }
      const before = await tables(db).selectFrom('radiusBoxes').select('report').where('node', '=', node).executeTakeFirst()
      await tables(db)
        .insertInto('radiusBoxes')
        .values({ node, ...row })
        .onConflict((conflict) => conflict.column('node').doUpdateSet(row))
        .execute()
      return before && (JSON.parse(before.report) as RadiusReport)
    },
    async boxes(): Promise<BoxReport[]> {
      const rows = await tables(db).selectFrom('radiusBoxes').selectAll().orderBy('node').execute()
      return rows.map(({ report, ...row }) => ({ ...row, report: JSON.parse(report) as RadiusReport }))
    },
  }
}

const ACTION_WORDS: Record<string, string> = {
  add: 'ditambah',
  change: 'diubah',
  disable: 'dinonaktifkan',
  enable: 'diaktifkan lagi',
  remove: 'dihapus',
}

const columnsOf = ({ group, until, sessionSeconds }: UserFacts) => ({ userGroup: group, validUntil: until, sessionSeconds })

const toRow = ({ id, name, userGroup, validUntil, sessionSeconds, ntHash, disabledAt, changedAt }: UserColumns): RadiusUserRow => ({
  id,
  name,
  group: userGroup,
  until: validUntil,
  sessionSeconds,
  recoverable: ntHash !== null,
  disabledAt,
  changedAt,
})

const toWire = ({ name, passwordHash, ntHash, userGroup, validUntil, sessionSeconds }: UserColumns): RadiusUser => ({
  name,
  passwordHash,
  ...(userGroup !== null && { group: userGroup }),
  ...(sessionSeconds !== null && { sessionTimeoutSeconds: sessionSeconds }),
  ...(validUntil !== null && { until: validUntil }),
  ...(ntHash !== null && { ntHash }),
})
