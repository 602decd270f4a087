/**
 * The one way a case changes. A single transaction: row access → version → state → position → the module's own writing →
 * new state and version → tasks → number → audit → outbox. Whoever reads the database sees all of it or nothing.
 */
import { appendAudit } from '../audit/store.ts'
import type { Trx } from '../db/database.ts'
import { enqueue } from '../notify/outbox.ts'
import { takeNumber } from '../numbering/numbering.ts'
import type { Caller } from '../policy/port.ts'
import type { Kernel } from './kernel.ts'
import type { Acting, Case, Machine } from './machine.ts'
import { closeTasks, lockCase, openTaskPositions, openTasks, updateCase } from './store.ts'

/** What the module wrote, as the history tells it. No personal data in `summary`: it is read by everyone who sees the case. */
export type Written = {
  summary: string
  payload?: Record<string, unknown>
  messages?: readonly { channel: string; key: string; payload: unknown }[]
}

type Refused =
  | { ok: false; reason: 'not-found' | 'not-allowed' }
  | { ok: false; reason: 'stale' | 'not-now'; now: Case }
  /** The order itself makes no sense (an office that does not exist, a date gone by); `why` is a code for the screen. */
  | { ok: false; reason: 'invalid'; why: string }
export type ActOutcome<State extends string> = { ok: true; case: Case<State>; auditNumber: number } | Refused

export type ActOrder<State extends string, Facts> = {
  caseId: number
  version: number
  caller: Caller
  /** Reads what the rules need. `{ invalid }` refuses before anything is written. */
  facts: (trx: Trx, subject: Case<State>, acting: Acting) => Promise<{ facts: Facts } | { invalid: string }>
  write: (trx: Trx, done: { before: Case<State>; after: Case<State>; acting: Acting; facts: Facts; at: number }) => Promise<Written>
}

export async function act<State extends string, FactsOf extends Record<string, unknown>, Action extends keyof FactsOf & string>(
  kernel: Kernel,
  machine: Machine<State, FactsOf>,
  action: Action,
  order: ActOrder<State, FactsOf[Action]>,
): Promise<ActOutcome<State>> {
  const at = kernel.now()
  const outcome = await kernel.database.transaction((trx) => actWithin(trx, kernel, machine, action, order, at))
  if (!outcome.ok) return outcome
  kernel.wake()
  const { case: after, before, positionIds, auditNumber } = outcome
  kernel.news.publish({
    type: 'case',
    event: { type: 'case', caseId: after.id, module: after.module, state: after.state, version: after.version },
    // The office it left must learn that it left.
    audience: { secrecy: after.secrecy, opdIds: [before.opdId, after.opdId].filter((id) => id !== null), positionIds },
  })
  return { ok: true, case: after, auditNumber }
}

type Acted<State extends string> = { ok: true; case: Case<State>; before: Case<State>; positionIds: number[]; auditNumber: number }

async function actWithin<State extends string, FactsOf extends Record<string, unknown>, Action extends keyof FactsOf & string>(
  trx: Trx,
  kernel: Kernel,
  machine: Machine<State, FactsOf>,
  action: Action,
  order: ActOrder<State, FactsOf[Action]>,
  at: number,
): Promise<Acted<State> | Refused> {
  const { caseId, caller } = order
  const { access } = kernel
  const found = await lockCase(trx, kernel.database.dialect, { caseId, module: machine.module, caller, access })
  if (!found) return { ok: false, reason: 'not-found' }
  const before = found as Case<State>
  if (before.version !== order.version) return { ok: false, reason: 'stale', now: before }
  const rule = machine.actions[action]
  if (!rule.from.includes(before.state)) return { ok: false, reason: 'not-now', now: before }
  const acting = rule.by(caller, before)
  if (!acting) return { ok: false, reason: 'not-allowed' }
  const read = await order.facts(trx, before, acting)
  if ('invalid' in read) return { ok: false, reason: 'invalid', why: read.invalid }

  const { facts } = read
  const state = typeof rule.to === 'function' ? rule.to(before, acting, facts) : rule.to
  const effects = rule.effects(before, acting, facts)
  const number = before.number ?? (rule.number ? await takeNumber(trx, rule.number, at) : null)
  const finishedAt = machine.states[state].final ? at : null
  const updated = await updateCase(trx, before, { state, number, finishedAt, at }, effects)
  if (!updated) return { ok: false, reason: 'stale', now: before }
  const after = updated as Case<State>
  const told = await openTaskPositions(trx, caseId)
  if (state !== before.state) await closeTasks(trx, caseId, action, at)
  await openTasks(trx, caseId, effects.tasks ?? [], at)
  const written = await order.write(trx, { before, after, acting, facts, at })
  const auditNumber = await appendAudit(trx, {
    at,
    userId: caller.userId,
    positionId: acting.id,
    heldAs: acting.as,
    subject: machine.module,
    caseId,
    action,
    payload: { ...written.payload, summary: written.summary, from: before.state, to: state, version: after.version },
  })
  for (const message of written.messages ?? []) await enqueue(trx, { ...message, at })
  const positionIds = [...new Set([...told, ...(effects.tasks ?? []).map((task) => task.positionId)])]
  return { ok: true, case: after, before, positionIds, auditNumber }
}
