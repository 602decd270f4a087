/** The platform's migrations in the order they run; a new one goes at the end of its folder's list, never in between. */
import { accountsMigrations } from './accounts/migrations.ts'
import { auditMigrations } from './audit/migrations.ts'
import { calendarMigrations } from './calendar/migrations.ts'
import { casesMigrations } from './cases/migrations.ts'
import { cityMigrations } from './city/migrations.ts'
import type { Migration } from './db/migrate.ts'
import { filesMigrations } from './files/migrations.ts'
import { notifyMigrations } from './notify/migrations.ts'
import { numberingMigrations } from './numbering/migrations.ts'
import { rulesMigrations } from './rules/migrations.ts'

export const platformMigrations: readonly Migration[] = [
  ...cityMigrations,
  ...accountsMigrations,
  ...auditMigrations,
  ...calendarMigrations,
  ...rulesMigrations,
  ...numberingMigrations,
  ...casesMigrations,
  ...filesMigrations,
  ...notifyMigrations,
]
