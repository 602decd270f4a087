import { forbidChange, type Migration } from '../db/migrate.ts'
import { GENESIS } from './chain.ts'

export const auditMigrations: readonly Migration[] = [
  {
    name: 'audit-001',
    up: async (db, dialect) => {
      await db.schema
        .createTable('audit')
        .addColumn('number', 'bigint', (c) => c.primaryKey())
        .addColumn('at', 'bigint', (c) => c.notNull())
        .addColumn('user_id', 'bigint')
        .addColumn('position_id', 'bigint')
        .addColumn('held_as', 'text')
        .addColumn('subject', 'text', (c) => c.notNull())
        .addColumn('case_id', 'bigint')
        .addColumn('action', 'text', (c) => c.notNull())
        .addColumn('payload_hash', 'text', (c) => c.notNull())
        .addColumn('prev', 'text', (c) => c.notNull())
        .addColumn('hash', 'text', (c) => c.notNull())
        .execute()
      await db.schema.createIndex('audit_by_case').on('audit').columns(['case_id', 'number']).execute()
      await forbidChange(db, dialect, 'audit')
      await db.schema
        .createTable('audit_payloads')
        .addColumn('number', 'bigint', (c) => c.primaryKey().references('audit.number'))
        .addColumn('salt', 'text', (c) => c.notNull())
        .addColumn('payload', 'text')
        .addColumn('erased_at', 'bigint')
        .execute()
      await db.schema
        .createTable('audit_head')
        .addColumn('id', 'integer', (c) => c.primaryKey())
        .addColumn('number', 'bigint', (c) => c.notNull())
        .addColumn('hash', 'text', (c) => c.notNull())
        .execute()
      await db.insertInto('audit_head').values({ id: 1, number: 0, hash: GENESIS }).execute()
    },
  },
]
