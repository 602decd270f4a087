import type { Trx } from '../db/database.ts'
import { dayInCity } from '../calendar/days.ts'

/** Digits of the running number; a longer one is simply printed longer. */
const DIGITS = 6

/**
 * The next number of a series, `LP-2026-000123`, taken inside the transaction that uses it: two at once get consecutive
 * numbers, and one that is undone gives its number back. Each year starts at one.
 */
export async function takeNumber(trx: Trx, kind: string, at: number): Promise<string> {
  const year = dayInCity(at).slice(0, 4)
  const { last } = await trx
    .insertInto('series')
    .values({ key: `${kind}-${year}`, last: 1 })
    .onConflict((conflict) => conflict.column('key').doUpdateSet((e) => ({ last: e('series.last', '+', 1) })))
    .returning('last')
    .executeTakeFirstOrThrow()
  return `${kind}-${year}-${String(last).padStart(DIGITS, '0')}`
}
