import { test } from 'node:test'
import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { anchor, appendAudit, verifyChain } from '#central/platform/audit/store.ts'
import { canonicalJson, entryHash, GENESIS, payloadHash } from '#central/platform/audit/chain.ts'
import type { Database } from '#central/platform/db/database.ts'
import { onBothDatabases } from '#test/support/databases.ts'
import { prepareDatabase } from '#test/support/central.ts'

const onBoth = onBothDatabases(async (database) => {
  await prepareDatabase(database)
  for (const n of [1, 2, 3, 4, 5]) await append(database, n)
})
const append = (database: Database, n: number) =>
  database.transaction((trx) =>
    appendAudit(trx, { at: 1_000 + n, userId: 7, subject: 'test', action: `act-${n}`, payload: { summary: `entry ${n}`, phone: '0812' } }),
  )

/** As someone with the database file and no respect for triggers. */
async function tamper(database: Database, change: string): Promise<void> {
  if (database.dialect === 'sqlite') {
    for (const name of ['audit_no_update', 'audit_no_delete']) await sql.raw(`drop trigger if exists ${name}`).execute(database.db)
    await sql.raw('pragma foreign_keys = off').execute(database.db)
  } else {
    await sql.raw('alter table audit disable trigger audit_no_change').execute(database.db)
    await sql.raw('alter table audit_payloads drop constraint if exists audit_payloads_number_fkey').execute(database.db)
  }
  await sql.raw(change).execute(database.db)
}

onBoth('an untouched chain verifies and its anchor is the newest hash', async (database) => {
  const verdict = await verifyChain(database.db)
  const head = await anchor(database.db)
  assert.deepEqual(verdict, { ok: true, entries: 5, anchor: head.hash })
  assert.equal(head.number, 5)
})

for (const [what, change, number, why] of [
  ['an altered action', `update audit set action = 'act-9' where number = 3`, 3, 'altered'],
  ['an altered time', 'update audit set at = at + 1 where number = 5', 5, 'altered'],
  ['a removed entry', 'delete from audit where number = 2', 2, 'missing'],
  ['a removed last entry', 'delete from audit where number = 5', 5, 'cut-off'],
  [
    'an altered text beside the chain',
    `update audit_payloads set payload = replace(payload, '0812', '0813') where number = 4`,
    4,
    'payload-altered',
  ],
  ['a removed text beside the chain', 'delete from audit_payloads where number = 1', 1, 'payload-missing'],
] as const) {
  onBoth(`verification names the row of ${what}`, async (database) => {
    await tamper(database, change)
    assert.deepEqual(await verifyChain(database.db), { ok: false, number, why })
  })
}

onBoth('an entry rewritten with a fresh hash is still found, at the one after it', async (database) => {
  const row = await database.db.selectFrom('audit').selectAll().where('number', '=', 3).executeTakeFirstOrThrow()
  const forged = entryHash(row.prev, { ...row, action: 'nothing-happened' })
  await tamper(database, `update audit set action = 'nothing-happened', hash = '${forged}' where number = 3`)
  assert.deepEqual(await verifyChain(database.db), { ok: false, number: 4, why: 'altered' })
})

onBoth('the database itself refuses to change or remove an entry', async (database) => {
  await assert.rejects(database.db.updateTable('audit').set({ action: 'x' }).where('number', '=', 1).execute(), /append-only/)
  await assert.rejects(database.db.deleteFrom('audit').where('number', '=', 1).execute(), /append-only/)
  assert.equal((await verifyChain(database.db)).ok, true)
})

onBoth('a person’s words can be erased and the chain stays whole', async (database) => {
  await database.db.updateTable('auditPayloads').set({ payload: null, erasedAt: 9_000 }).where('number', '=', 2).execute()
  assert.equal((await verifyChain(database.db)).ok, true)
  const chain = JSON.stringify(await database.db.selectFrom('audit').selectAll().execute())
  assert.doesNotMatch(chain, /0812|entry/)
})

onBoth('entries appended at once are numbered without a gap', async (database) => {
  await Promise.all(Array.from({ length: 20 }, (_, n) => append(database, 10 + n)))
  const verdict = await verifyChain(database.db)
  assert.ok(verdict.ok)
  assert.equal(verdict.entries, 25)
})

test('canonical JSON does not depend on the order of keys, and a hash depends on every field', () => {
  assert.equal(canonicalJson({ b: 1, a: { d: [1, 'é'], c: null } }), '{"a":{"c":null,"d":[1,"é"]},"b":1}')
  assert.equal(canonicalJson({ a: undefined, b: 1 }), '{"b":1}')
  const entry = { number: 1, at: 2, userId: 3, positionId: 4, heldAs: 'Plh', subject: 's', caseId: 5, action: 'a', payloadHash: 'p' }
  const hash = entryHash(GENESIS, entry)
  for (const key of Object.keys(entry)) assert.notEqual(entryHash(GENESIS, { ...entry, [key]: 'other' }), hash, key)
  assert.notEqual(payloadHash('salt', '{}'), payloadHash('pepper', '{}'))
})
