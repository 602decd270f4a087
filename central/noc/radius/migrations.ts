import { idColumn, type Migration } from '../../platform/db/migrate.ts'

export const radiusMigrations: readonly Migration[] = [
  {
    name: 'noc-radius-001',
    up: async (db, dialect) => {
      await db.schema
        .createTable('radius_users')
        .addColumn(...idColumn(dialect))
        .addColumn('name', 'text', (c) => c.notNull().unique())
        .addColumn('password_hash', 'text', (c) => c.notNull())
        .addColumn('nt_hash', 'text')
        .addColumn('user_group', 'text')
        .addColumn('valid_until', 'bigint')
        .addColumn('session_seconds', 'bigint')
        .addColumn('disabled_at', 'bigint')
        .addColumn('changed_at', 'bigint', (c) => c.notNull())
        .execute()
      // Who changes the list moves this row, so that versions have one order.
      await db.schema
        .createTable('radius_head')
        .addColumn('id', 'integer', (c) => c.primaryKey())
        .addColumn('version', 'bigint', (c) => c.notNull())
        .execute()
      await db.insertInto('radiusHead').values({ id: 1, version: 0 }).execute()
      await db.schema
        .createTable('radius_boxes')
        .addColumn('node', 'text', (c) => c.primaryKey())
        .addColumn('report', 'text', (c) => c.notNull())
        .addColumn('reported_at', 'bigint', (c) => c.notNull())
        .execute()
    },
  },
]
