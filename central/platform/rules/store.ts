/**
 * Rules of law as dated rows: a day count, a rate, a threshold, with the regulation it stands on. When the law changes,
 * a row is added; cases begun before keep the rule of their day.
 */
import type { Db } from '../db/database.ts'

export type RuleOfLaw = { key: string; value: number; validFrom: string; basis: string }

export async function seedRules(db: Db, rules: readonly RuleOfLaw[]): Promise<void> {
  await db
    .insertInto('rules')
    .values(rules.map((rule) => ({ ...rule, value: JSON.stringify(rule.value) })))
    .onConflict((conflict) => conflict.columns(['key', 'validFrom']).doNothing())
    .execute()
}

/** The rule in force on `day`. Throws when there is none: a missing rule of law is a fault of the installation. */
export async function ruleOn(db: Db, key: string, day: string): Promise<RuleOfLaw> {
  const row = await db
    .selectFrom('rules')
    .select(['key', 'value', 'validFrom', 'basis'])
    .where('key', '=', key)
    .where('validFrom', '<=', day)
    .orderBy('validFrom', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!row) throw new Error(`no rule "${key}" is in force on ${day}`)
  return { ...row, value: JSON.parse(row.value) as number }
}
