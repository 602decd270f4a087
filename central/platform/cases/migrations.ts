import { idColumn, type Migration } from '../db/migrate.ts'

export const casesMigrations: readonly Migration[] = [
  {
    name: 'cases-001',
    up: async (db, dialect) => {
      await db.schema
        .createTable('cases')
        .addColumn(...idColumn(dialect))
        .addColumn('module', 'text', (c) => c.notNull())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('number', 'text', (c) => c.unique())
        .addColumn('title', 'text', (c) => c.notNull())
        .addColumn('state', 'text', (c) => c.notNull())
        .addColumn('version', 'bigint', (c) => c.notNull())
        .addColumn('opd_id', 'bigint', (c) => c.references('opd.id'))
        .addColumn('owner_position_id', 'bigint', (c) => c.references('positions.id'))
        .addColumn('created_by', 'bigint', (c) => c.references('users.id'))
        .addColumn('area', 'text')
        .addColumn('lat', 'double precision')
        .addColumn('lon', 'double precision')
        .addColumn('secrecy', 'text', (c) => c.notNull())
        .addColumn('due_at', 'bigint')
        .addColumn('paused_since', 'bigint')
        .addColumn('rules_day', 'text', (c) => c.notNull())
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .addColumn('updated_at', 'bigint', (c) => c.notNull())
        .addColumn('finished_at', 'bigint')
        .addColumn('idempotency_key', 'text')
        .addUniqueConstraint('cases_once', ['module', 'idempotency_key'])
        .execute()
      await db.schema.createIndex('cases_by_opd').on('cases').columns(['module', 'opd_id', 'state']).execute()
      await db.schema.createIndex('cases_by_age').on('cases').columns(['module', 'created_at']).execute()
      await db.schema
        .createTable('tasks')
        .addColumn(...idColumn(dialect))
        .addColumn('case_id', 'bigint', (c) => c.notNull().references('cases.id'))
        .addColumn('position_id', 'bigint', (c) => c.notNull().references('positions.id'))
        .addColumn('action', 'text', (c) => c.notNull())
        .addColumn('due_at', 'bigint')
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .addColumn('read_at', 'bigint')
        .addColumn('done_at', 'bigint')
        .addColumn('outcome', 'text')
        .execute()
      await db.schema.createIndex('tasks_by_position').on('tasks').columns(['position_id', 'done_at']).execute()
      await db.schema.createIndex('tasks_by_case').on('tasks').columns(['case_id', 'done_at']).execute()
    },
  },
]
