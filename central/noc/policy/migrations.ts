import type { Migration } from '../../platform/db/migrate.ts'

export const policyMigrations: readonly Migration[] = [
  {
    name: 'noc-policy-001',
    up: async (db) => {
      await db.schema
        .createTable('access_policies')
        .addColumn('version', 'bigint', (c) => c.primaryKey())
        .addColumn('user_id', 'bigint', (c) => c.references('users.id'))
        .addColumn('note', 'text', (c) => c.notNull())
        .addColumn('counts', 'text', (c) => c.notNull())
        .addColumn('document', 'text', (c) => c.notNull())
        .execute()
      // Who publishes moves this row from the version they read: two at once cannot overwrite each other.
      await db.schema
        .createTable('access_policy_head')
        .addColumn('id', 'integer', (c) => c.primaryKey())
        .addColumn('version', 'bigint', (c) => c.notNull())
        .execute()
      await db.insertInto('accessPolicyHead').values({ id: 1, version: 0 }).execute()
    },
  },
]
