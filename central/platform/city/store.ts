import type { Db } from '../db/database.ts'
import type { Opd } from '../accounts/api.ts'
import { OPD_SEED, POSITION_SEED } from './opd.ts'

/** The day the seeded names are from. */
const SEED_DAY = '2021-03-29'

/** Adds the offices and positions that are missing; what is there stays. */
export async function seedCity(db: Db): Promise<void> {
  await db
    .insertInto('opd')
    .values(OPD_SEED.map(({ name, short, kind }) => ({ name, short, kind, parentId: null, validFrom: SEED_DAY, validUntil: null })))
    .onConflict((conflict) => conflict.column('short').doNothing())
    .execute()
  const ids = new Map((await db.selectFrom('opd').select(['id', 'short']).execute()).map((row) => [row.short, row.id]))
  await db
    .insertInto('positions')
    .values(POSITION_SEED.map(({ opd, name, role, signs }) => ({ opdId: ids.get(opd)!, name, role, signs })))
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute()
}

/** Offices of today, by name. */
export async function listOpd(db: Db): Promise<Opd[]> {
  return db.selectFrom('opd').select(['id', 'name', 'short']).where('validUntil', 'is', null).orderBy('name').execute()
}
