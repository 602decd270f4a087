import { idColumn, type Migration } from '../../platform/db/migrate.ts'

export const complaintMigrations: readonly Migration[] = [
  {
    name: 'complaints-001',
    up: async (db, dialect) => {
      await db.schema
        .createTable('complaints')
        .addColumn('case_id', 'bigint', (c) => c.primaryKey().references('cases.id'))
        .addColumn('code', 'text', (c) => c.notNull())
        .addColumn('node', 'text', (c) => c.notNull())
        .addColumn('hotspot_name', 'text', (c) => c.notNull())
        .addColumn('kelurahan', 'text', (c) => c.notNull())
        .addColumn('kelurahan_name', 'text', (c) => c.notNull())
        .addColumn('category', 'text', (c) => c.notNull())
        .addColumn('text', 'text', (c) => c.notNull())
        .addColumn('language', 'text', (c) => c.notNull())
        .addColumn('anonymous', 'integer', (c) => c.notNull())
        .addColumn('filed_at', 'bigint', (c) => c.notNull())
        .addColumn('telemetry', 'text', (c) => c.notNull())
        .addColumn('returned', 'integer', (c) => c.notNull())
        .addColumn('closing_reason', 'text')
        .addUniqueConstraint('complaints_ticket', ['node', 'code'])
        .execute()
      await db.schema.createIndex('complaints_by_category').on('complaints').column('category').execute()
      await db.schema
        .createTable('complaint_contacts')
        .addColumn('case_id', 'bigint', (c) => c.primaryKey().references('complaints.case_id'))
        .addColumn('contact', 'text', (c) => c.notNull())
        .addColumn('expires_at', 'bigint')
        .execute()
      await db.schema
        .createTable('complaint_instructions')
        .addColumn(...idColumn(dialect))
        .addColumn('case_id', 'bigint', (c) => c.notNull().references('complaints.case_id'))
        .addColumn('text', 'text', (c) => c.notNull())
        .addColumn('from_user_id', 'bigint', (c) => c.notNull().references('users.id'))
        .addColumn('from_position_id', 'bigint', (c) => c.notNull().references('positions.id'))
        .addColumn('held_as', 'text', (c) => c.notNull())
        .addColumn('to_position_id', 'bigint', (c) => c.notNull().references('positions.id'))
        .addColumn('due_at', 'bigint', (c) => c.notNull())
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .addColumn('done_at', 'bigint')
        .execute()
      await db.schema.createIndex('complaint_instructions_by_case').on('complaint_instructions').column('case_id').execute()
      await db.schema
        .createTable('complaint_answers')
        .addColumn(...idColumn(dialect))
        .addColumn('case_id', 'bigint', (c) => c.notNull().references('complaints.case_id'))
        .addColumn('text', 'text', (c) => c.notNull())
        .addColumn('photo', 'text', (c) => c.references('files.sha256'))
        .addColumn('user_id', 'bigint', (c) => c.notNull().references('users.id'))
        .addColumn('position_id', 'bigint', (c) => c.notNull().references('positions.id'))
        .addColumn('held_as', 'text', (c) => c.notNull())
        .addColumn('at', 'bigint', (c) => c.notNull())
        .execute()
      await db.schema.createIndex('complaint_answers_by_case').on('complaint_answers').column('case_id').execute()
      await db.schema
        .createTable('complaint_routes')
        .addColumn(...idColumn(dialect))
        .addColumn('category', 'text', (c) => c.notNull())
        .addColumn('kelurahan', 'text')
        .addColumn('opd_id', 'bigint', (c) => c.notNull().references('opd.id'))
        .addColumn('valid_from', 'text', (c) => c.notNull())
        .addColumn('basis', 'text', (c) => c.notNull())
        .execute()
    },
  },
]
