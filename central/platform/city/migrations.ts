import { idColumn, type Migration } from '../db/migrate.ts'

export const cityMigrations: readonly Migration[] = [
  {
    name: 'city-001',
    up: async (db, dialect) => {
      await db.schema
        .createTable('opd')
        .addColumn(...idColumn(dialect))
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('short', 'text', (c) => c.notNull().unique())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('parent_id', 'bigint', (c) => c.references('opd.id'))
        .addColumn('valid_from', 'text', (c) => c.notNull())
        .addColumn('valid_until', 'text')
        .execute()
    },
  },
]
