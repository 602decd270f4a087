/** Which office a complaint most likely belongs to: dated rows by category and, where it matters, kelurahan. */
import type { Db } from '../../platform/db/database.ts'
import type { ComplaintTables } from './tables.ts'

/** `kelurahan: null` is for the whole city. */
export type Route = { category: string; kelurahan: string | null; opdId: number; validFrom: string }

/** The row for the kelurahan before the city's, the newest in force before older ones. Pure. */
export function routeFor(routes: readonly Route[], category: string, kelurahan: string, day: string): number | null {
  const fitting = routes
    .filter((route) => route.category === category && route.validFrom <= day && (route.kelurahan === null || route.kelurahan === kelurahan))
    .sort((a, b) => Number(a.kelurahan === null) - Number(b.kelurahan === null) || (a.validFrom < b.validFrom ? 1 : -1))
  return fitting[0]?.opdId ?? null
}

/** Tasks of the offices as their names say; street lights differ between cities and are Dishub's here until corrected. */
const SEED: readonly [category: string, opdShort: string][] = [
  ['wifi', 'Kominfo'],
  ['jalan', 'DPUPR'],
  ['drainase', 'DPUPR'],
  ['pohon', 'DLH'],
  ['lampu', 'Dishub'],
  ['sampah', 'DLH'],
  ['kebakaran', 'Satpol PP'],
  ['ketertiban', 'Satpol PP'],
  ['pasar', 'Disdag'],
  ['adminduk', 'Disdukcapil'],
  ['bansos', 'Dinsos'],
  ['kesehatan', 'Dinkes'],
  ['sekolah', 'Disdik'],
]
const SEED_DAY = '2021-03-29'

export async function seedRoutes(database: Db): Promise<void> {
  const db = database.withTables<ComplaintTables>()
  if (await db.selectFrom('complaintRoutes').select('id').limit(1).executeTakeFirst()) return
  const ids = new Map((await db.selectFrom('opd').select(['id', 'short']).execute()).map((row) => [row.short, row.id]))
  const basis = 'tugas pokok OPD'
  await db
    .insertInto('complaintRoutes')
    .values(SEED.map(([category, short]) => ({ category, kelurahan: null, opdId: ids.get(short)!, validFrom: SEED_DAY, basis })))
    .execute()
}

export async function suggestedOpd(database: Db, category: string, kelurahan: string, day: string): Promise<number | null> {
  const db = database.withTables<ComplaintTables>()
  const routes = await db
    .selectFrom('complaintRoutes')
    .select(['category', 'kelurahan', 'opdId', 'validFrom'])
    .where('category', '=', category)
    .execute()
  return routeFor(routes, category, kelurahan, day)
}
