import { idColumn, type Migration } from '../db/migrate.ts'

export const rulesMigrations: readonly Migration[] = [
  {
    name: 'rules-001',
    up: async (db, dialect) => {
      await db.schema
        .createTable('rules')
        .addColumn(...idColumn(dialect))
        .addColumn('key', 'text', (c) => c.notNull())
        .addColumn('value', 'text', (c) => c.notNull())
        .addColumn('valid_from', 'text', (c) => c.notNull())
        .addColumn('basis', 'text', (c) => c.notNull())
        .addUniqueConstraint('rules_one_per_day', ['key', 'valid_from'])
        .execute()
    },
  },
]
