import type { Migration } from '../db/migrate.ts'

export const calendarMigrations: readonly Migration[] = [
  {
    name: 'calendar-001',
    up: async (db) => {
      await db.schema
        .createTable('holidays')
        .addColumn('day', 'text', (c) => c.primaryKey())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('basis', 'text', (c) => c.notNull())
        .addColumn('provisional', 'integer', (c) => c.notNull())
        .execute()
    },
  },
]
