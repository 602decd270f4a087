import type { Db } from '../db/database.ts'
import type { PlatformTables } from '../db/tables.ts'
import type { Calendar } from './days.ts'
import { HOLIDAYS } from './holidays.ts'

export type HolidayRow = PlatformTables['holidays']

/** Adds what is missing; a day the administrator has changed stays as it is. */
export async function seedHolidays(db: Db): Promise<void> {
  await db
    .insertInto('holidays')
    .values([...HOLIDAYS])
    .onConflict((conflict) => conflict.column('day').doNothing())
    .execute()
}

export async function loadCalendar(db: Db): Promise<Calendar> {
  const rows = await db.selectFrom('holidays').select(['day', 'provisional']).execute()
  const years = rows.filter((row) => row.provisional === 0).map((row) => Number(row.day.slice(0, 4)))
  return { holidays: new Set(rows.map((row) => row.day)), lastLoadedYear: Math.max(0, ...years) }
}
