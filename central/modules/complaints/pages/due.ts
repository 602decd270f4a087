/** Deadlines on screen; pure. The server counts working days, this only says how far away the end is. */
import { DAY, HOUR, wibHour } from '../../../platform/ui/format.ts'

export type DueShape = 'online' | 'degraded' | 'offline' | 'new'

/** Within a day of its end a deadline is a warning. */
export function dueShape(dueAt: number | null, overdue: boolean, at: number): DueShape {
  if (dueAt === null) return 'new'
  if (overdue || dueAt < at) return 'offline'
  return dueAt - at < DAY ? 'degraded' : 'online'
}

export type DueChoice = 'today' | 'tomorrow' | '3' | 'date'

/** Offices close at 16:00 WIB; an instruction written later than an hour before that has until midnight. */
const OFFICE_CLOSES = 16
const MIDNIGHT = 24

export function dueInstant(choice: Exclude<DueChoice, 'date'>, at: number): number {
  if (choice === 'tomorrow') return wibHour(at, 1, OFFICE_CLOSES)
  if (choice === '3') return wibHour(at, 3, OFFICE_CLOSES)
  const closing = wibHour(at, 0, OFFICE_CLOSES)
  return closing - at > HOUR ? closing : wibHour(at, 0, MIDNIGHT) - 1
}
/** Tomorrow, unless that is a Saturday or a Sunday. Holidays are the server's to know. */
export function likelyDue(at: number): DueChoice {
  const tomorrow = new Date(wibHour(at, 1, 12)).getUTCDay()
  return tomorrow === 0 || tomorrow === 6 ? '3' : 'tomorrow'
}
export { OFFICE_CLOSES }
