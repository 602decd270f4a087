import type { Migration } from '../db/migrate.ts'

export const filesMigrations: readonly Migration[] = [
  {
    name: 'files-001',
    up: async (db) => {
      await db.schema
        .createTable('files')
        .addColumn('sha256', 'text', (c) => c.primaryKey())
        .addColumn('mime', 'text', (c) => c.notNull())
        .addColumn('octets', 'bigint', (c) => c.notNull())
        .addColumn('width', 'integer', (c) => c.notNull())
        .addColumn('height', 'integer', (c) => c.notNull())
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .execute()
      await db.schema
        .createTable('file_uploads')
        .addColumn('sha256', 'text', (c) => c.notNull().references('files.sha256'))
        .addColumn('user_id', 'bigint', (c) => c.notNull().references('users.id'))
        .addColumn('at', 'bigint', (c) => c.notNull())
        .addPrimaryKeyConstraint('file_uploads_key', ['sha256', 'user_id'])
        .execute()
      await db.schema
        .createTable('case_files')
        .addColumn('sha256', 'text', (c) => c.notNull().references('files.sha256'))
        .addColumn('case_id', 'bigint', (c) => c.notNull().references('cases.id'))
        .addColumn('at', 'bigint', (c) => c.notNull())
        .addPrimaryKeyConstraint('case_files_key', ['sha256', 'case_id'])
        .execute()
    },
  },
]
