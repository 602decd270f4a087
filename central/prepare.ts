import { modules } from './modules.ts'
import { policyMigrations } from './noc/policy/migrations.ts'
import { radiusMigrations } from './noc/radius/migrations.ts'
import { seedCity } from './platform/city/store.ts'
import { seedHolidays } from './platform/calendar/store.ts'
import type { Database } from './platform/db/database.ts'
import { migrate } from './platform/db/migrate.ts'
import { platformMigrations } from './platform/migrations.ts'

/** All of this version's, in the order they build on each other. */
export const migrations = [
  ...platformMigrations,
  ...policyMigrations,
  ...modules.flatMap((module) => module.migrations),
  ...radiusMigrations,
]

/** Brings a database, empty or old, to what this version expects. Run before every start; on a ready one it changes nothing. */
export async function prepareDatabase(database: Database): Promise<void> {
  await migrate(database, migrations)
  await seedCity(database.db)
  await seedHolidays(database.db)
  for (const module of modules) await module.seed(database.db)
}
