/**
 * The kernel every government module stands on. A piece of work is one row in `cases`; what only the module knows about it
 * lies in the module's own tables, keyed by the case's id. Inbox, numbers, audit, live news and notifications then come
 * by themselves.
 *
 * How to write a module (complaints is the first; test/central/platform/cases/second-module.test.ts is the smallest):
 *
 * 1. `machine.ts`: the states, and per action from where, to where, `by` whom and with what `effects` (owner, office, due
 *    date, the next people's tasks). Pure. Each action names the facts its rules need, so leaving one out does not
 *    compile. Deadlines are facts: days from platform/rules, counted by platform/calendar, on the case's `rulesDay`.
 *    What no person does (a deadline that ran out, a machine's report) says `bySystem: true` and is done as `SYSTEM`.
 * 2. `policy.ts`: a `CaseAccess` (whose roles see all cases, whose see their office's) and the `by` questions. Positions
 *    answer, never users. Beyond `CaseAccess`, whoever owns a case or has an open task on it sees it.
 * 3. `openCase` and `act` are the only ways to write. Both run one transaction: row access → version → state → position →
 *    `facts` (reads; may refuse with a code) → new state and version → tasks → number → `write` (the module's own rows) →
 *    audit → outbox. `write` returns the line for the history and the messages to send; it must touch nothing but the
 *    database, because a transaction may run twice. Use the `at` that is handed in, not a clock.
 * 4. Reads go through `readCase`, lists through `visibleTo`: a foreign case does not exist. An `act` that was refused is a
 *    value; the route turns it into 404, 403, 409 with the present page, 422 or 400, as complaints/routes.ts does.
 * 5. `module.ts` declares a `GovernmentModule`: migrations, seed, access, `start`; `tidy` is called now and then for the
 *    clock's own work and must be safe to run twice and in two processes. Then one line in central/modules.ts.
 *
 * What holds for every case, and need not be thought of again: a case has one version, and a second writer is told so;
 * leaving a state closes its tasks; numbers have no gap; every step is one entry in the audit chain; a message leaves only
 * after the commit, at least once, known by its key.
 */
import type { Live } from '../live/port.ts'
import type { Database } from '../db/database.ts'
import type { Audience, CaseAccess } from './access.ts'

type CaseEvent = { type: 'case'; caseId: number; module: string; state: string; version: number }
/** What travels inside the process: who may be told is taken off before it leaves. */
export type CaseNews = { type: 'case'; event: CaseEvent; audience: Audience }

/** What every module is given. */
export type Kernel = {
  database: Database
  /** Of every module, in the order of central/modules.ts. */
  access: readonly CaseAccess[]
  news: Live<CaseNews>
  now: () => number
  /** Called after a commit that left messages in the outbox. */
  wake: () => void
}
