import { idColumn, type Migration } from '../db/migrate.ts'

export const accountsMigrations: readonly Migration[] = [
  {
    name: 'accounts-001',
    up: async (db, dialect) => {
      await db.schema
        .createTable('users')
        .addColumn(...idColumn(dialect))
        .addColumn('username', 'text', (c) => c.unique())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('password_hash', 'text')
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .addColumn('disabled_at', 'bigint')
        .execute()
      await db.schema
        .createTable('positions')
        .addColumn(...idColumn(dialect))
        .addColumn('opd_id', 'bigint', (c) => c.notNull().references('opd.id'))
        .addColumn('name', 'text', (c) => c.notNull().unique())
        .addColumn('role', 'text', (c) => c.notNull())
        .addColumn('signs', 'integer', (c) => c.notNull())
        .execute()
      await db.schema.createIndex('positions_by_opd').on('positions').column('opd_id').execute()
      await db.schema
        .createTable('holders')
        .addColumn(...idColumn(dialect))
        .addColumn('position_id', 'bigint', (c) => c.notNull().references('positions.id'))
        .addColumn('user_id', 'bigint', (c) => c.notNull().references('users.id'))
        .addColumn('held_as', 'text', (c) => c.notNull())
        .addColumn('from_day', 'text', (c) => c.notNull())
        .addColumn('until_day', 'text')
        .addColumn('decree', 'text')
        .execute()
      await db.schema.createIndex('holders_by_position').on('holders').column('position_id').execute()
      await db.schema.createIndex('holders_by_user').on('holders').column('user_id').execute()
      await db.schema
        .createTable('sessions')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('token_hash', 'text', (c) => c.notNull().unique())
        .addColumn('user_id', 'bigint', (c) => c.notNull().references('users.id'))
        .addColumn('by_code', 'integer', (c) => c.notNull())
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .addColumn('last_seen_at', 'bigint', (c) => c.notNull())
        .addColumn('user_agent', 'text', (c) => c.notNull())
        .addColumn('ended_at', 'bigint')
        .execute()
      await db.schema.createIndex('sessions_by_user').on('sessions').column('user_id').execute()
      await db.schema
        .createTable('one_time_codes')
        .addColumn(...idColumn(dialect))
        .addColumn('code_hash', 'text', (c) => c.notNull().unique())
        .addColumn('purpose', 'text', (c) => c.notNull())
        .addColumn('user_id', 'bigint', (c) => c.references('users.id'))
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .addColumn('expires_at', 'bigint', (c) => c.notNull())
        .addColumn('used_at', 'bigint')
        .execute()
    },
  },
]
