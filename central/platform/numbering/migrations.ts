import type { Migration } from '../db/migrate.ts'

export const numberingMigrations: readonly Migration[] = [
  {
    name: 'numbering-001',
    up: async (db) => {
      await db.schema
        .createTable('series')
        .addColumn('key', 'text', (c) => c.primaryKey())
        .addColumn('last', 'bigint', (c) => c.notNull())
        .execute()
    },
  },
]
