import { idColumn, type Migration } from '../db/migrate.ts'

export const notifyMigrations: readonly Migration[] = [
  {
    name: 'notify-001',
    up: async (db, dialect) => {
      await db.schema
        .createTable('outbox')
        .addColumn(...idColumn(dialect))
        .addColumn('channel', 'text', (c) => c.notNull())
        .addColumn('key', 'text', (c) => c.notNull())
        .addColumn('payload', 'text', (c) => c.notNull())
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .addColumn('attempts', 'integer', (c) => c.notNull())
        .addColumn('next_at', 'bigint', (c) => c.notNull())
        .addColumn('delivered_at', 'bigint')
        .addColumn('last_error', 'text')
        .addUniqueConstraint('outbox_once', ['channel', 'key'])
        .execute()
      await db.schema.createIndex('outbox_waiting').on('outbox').columns(['delivered_at', 'next_at']).execute()
    },
  },
]
