/**
 * Deadlines of complaint handling, as rows the city can change. The day counts are those offices publish under
 * PermenPANRB 62/2018; its successor 5/2025 keeps the duty, and its counts replace these rows when the city has them.
 */
import { dueAfter, type Calendar } from '../../platform/calendar/days.ts'
import type { Db } from '../../platform/db/database.ts'
import { ruleOn, type RuleOfLaw } from '../../platform/rules/store.ts'
import type { Deadlines } from './machine.ts'

const BASIS = 'PermenPANRB 62/2018, diganti PermenPANRB 5/2025'
const FROM = '2018-01-01'
const rule = (key: string, value: number, basis = BASIS): RuleOfLaw => ({ key: `complaints.${key}`, value, validFrom: FROM, basis })

export const COMPLAINT_RULES: readonly RuleOfLaw[] = [
  rule('verification-days', 3),
  rule('first-response-days', 5),
  /** Pengaduan tidak berkadar pengawasan. */
  rule('completion-days', 14),
  rule('closing-days', 10),
  rule('contact-retention-days', 365, 'UU 27/2022 Pasal 16 ayat (2) huruf g; masa simpan ditetapkan kota'),
]

export type Days = { verification: number; firstResponse: number; completion: number; closing: number }

export async function complaintDays(db: Db, rulesDay: string): Promise<Days> {
  const days = async (key: string) => (await ruleOn(db, `complaints.${key}`, rulesDay)).value
  return {
    verification: await days('verification-days'),
    firstResponse: await days('first-response-days'),
    completion: await days('completion-days'),
    closing: await days('closing-days'),
  }
}

/** Completion runs from the day it came in, whoever held it since; the others run from now. */
export function deadlinesAt(now: number, receivedAt: number, days: Days, calendar: Calendar): Deadlines {
  const from = (at: number, count: number) => dueAfter(at, count, calendar).at
  return {
    verification: from(now, days.verification),
    firstResponse: from(now, days.firstResponse),
    completion: from(receivedAt, days.completion),
    closing: from(now, days.closing),
  }
}
