import type { Live } from '../live/port.ts'
import type { Database } from '../db/database.ts'
import type { Audience, CaseAccess } from './access.ts'

type CaseEvent = { type: 'case'; caseId: number; module: string; state: string; version: number }
/** What travels inside the process: who may be told is taken off before it leaves. */
export type CaseNews = { type: 'case'; event: CaseEvent; audience: Audience }

/** What every module stands on. */
export type Kernel = {
  database: Database
  access: readonly CaseAccess[]
  news: Live<CaseNews>
  now: () => number
  /** Called after a commit that left messages in the outbox. */
  wake: () => void
}
