/** The city's access policy and its versions. A change, its version and its audit entry are one transaction. */
import { appendAudit } from '../../platform/audit/store.ts'
import type { Database, Db } from '../../platform/db/database.ts'
import type { PolicyDocument, PolicyVersion } from './api.ts'
import { countsBetween, type Counts } from './changes.ts'
import { FRESH_POLICY } from './defaults.ts'

/** Old states hold addresses of devices; enough to see what was changed lately and to undo it by hand. */
const VERSIONS_KEPT = 50
/** Somebody else published between reading and writing; a third time in a row it is not bad luck. */
const ATTEMPTS = 3

type PolicyTables = {
  accessPolicies: { version: number; userId: number | null; note: string; counts: string; document: string }
  accessPolicyHead: { id: number; version: number }
}
const tables = (db: Db) => db.withTables<PolicyTables>()

export type PolicyState = { version: number; document: PolicyDocument }
export type Author = { userId: number | null; positionId: number | null }
export type PublishOrder = {
  author: Author
  at: number
  /** The version the author saw; absent where the change fits on top of any. */
  base?: number
  note?: string
  action: 'publish' | 'vouchers' | 'withdraw' | 'block' | 'unblock'
  /** Null: nothing to do. */
  edit(current: PolicyDocument): PolicyDocument | null
}
export type Published = { ok: true; version: number } | { ok: false; reason: 'stale' | 'nothing' }
export type PolicyStore = ReturnType<typeof createPolicyStore>

export function createPolicyStore(database: Database) {
  /** Documents never change once written, so the newest one read stays good while its version is the newest. */
  let newest: PolicyState = { version: 0, document: FRESH_POLICY }

  async function current(db: Db = database.db): Promise<PolicyState> {
    const { version } = await tables(db).selectFrom('accessPolicyHead').select('version').where('id', '=', 1).executeTakeFirstOrThrow()
    if (version === newest.version) return newest
    const document = await documentOf(db, version)
    if (document) newest = { version, document }
    return newest
  }

  async function documentOf(db: Db, version: number): Promise<PolicyDocument | undefined> {
    if (version === 0) return FRESH_POLICY
    const row = await tables(db).selectFrom('accessPolicies').select('document').where('version', '=', version).executeTakeFirst()
    return row && (JSON.parse(row.document) as PolicyDocument)
  }

  const attempt = (order: PublishOrder): Promise<Published> =>
    database.transaction(async (trx) => {
      const before = await current(trx)
      if (order.base !== undefined && order.base !== before.version) return { ok: false, reason: 'stale' }
      const document = order.edit(before.document)
      if (document === null) return { ok: false, reason: 'nothing' }
      // A clock that was put back must not give a version that boxes already have.
      const version = Math.max(order.at, before.version + 1)
      const db = tables(trx)
      const moved = await db.updateTable('accessPolicyHead').set({ version }).where('version', '=', before.version).executeTakeFirst()
      if (Number(moved.numUpdatedRows) !== 1) return { ok: false, reason: 'stale' }
      const counts = countsBetween(before.document, document)
      await db
        .insertInto('accessPolicies')
        .values({
          version,
          userId: order.author.userId,
          note: order.note ?? '',
          counts: JSON.stringify(counts),
          document: JSON.stringify(document),
        })
        .execute()
      const old = await db
        .selectFrom('accessPolicies')
        .select('version')
        .orderBy('version', 'desc')
        .offset(VERSIONS_KEPT)
        .limit(1)
        .execute()
      if (old[0]) await db.deleteFrom('accessPolicies').where('version', '<=', old[0].version).execute()
      await appendAudit(trx, {
        at: order.at,
        ...order.author,
        subject: 'access-policy',
        action: order.action,
        payload: { summary: summaryOf(counts), version, counts },
      })
      return { ok: true, version }
    })

  return {
    current: () => current(),
    documentOf: (version: number) => documentOf(database.db, version),
    /** Nothing is sent here (sender.ts). */
    async publish(order: PublishOrder): Promise<Published> {
      for (let turn = 1; ; turn++) {
        const published = await attempt(order)
        if (published.ok || published.reason === 'nothing' || order.base !== undefined || turn >= ATTEMPTS) return published
      }
    },
    async history(limit: number): Promise<PolicyVersion[]> {
      const rows = await tables(database.db)
        .selectFrom('accessPolicies')
        .leftJoin('users', 'users.id', 'accessPolicies.userId')
        .select(['accessPolicies.version', 'accessPolicies.note', 'accessPolicies.counts', 'users.name as author'])
        .orderBy('accessPolicies.version', 'desc')
        .limit(limit)
        .execute()
      return rows.map(({ counts, ...row }) => ({ ...row, counts: JSON.parse(counts) as Counts }))
    },
  }
}

const PART_WORDS: Record<keyof Counts, string> = {
  publicGroup: 'kelompok umum',
  groups: 'kelompok',
  schedules: 'jadwal',
  members: 'anggota',
  bypass: 'perangkat bebas',
  block: 'blokir',
  garden: 'situs terbuka',
  vouchers: 'voucher',
}
const WHAT_WORDS = { added: 'ditambah', changed: 'diubah', removed: 'dihapus' } as const

/** Numbers only: the audit holds no address, no name of a device and no code. */
function summaryOf(counts: Counts): string {
  const parts = Object.entries(counts) as [keyof Counts, NonNullable<Counts[keyof Counts]>][]
  const words = parts.flatMap(([part, of]) =>
    (Object.entries(of) as [keyof typeof WHAT_WORDS, number][]).map(([what, n]) => `${n} ${PART_WORDS[part]} ${WHAT_WORDS[what]}`),
  )
  return `Aturan akses: ${words.length === 0 ? 'diterbitkan ulang' : words.join(', ')}`
}
