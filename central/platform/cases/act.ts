/**
 * The one way a case changes. A single transaction: row access → version → state → position → the module's own writing →
 * new state and version → tasks → number → audit → outbox. Whoever reads the database sees all of it or nothing.
 */
import { appendAudit } from '../audit/store.ts'
import type { Trx } from '../db/database.ts'
import { enqueue } from '../notify/outbox.ts'
import { takeNumber } from '../numbering/numbering.ts'
import { SYSTEM, type Actor, type Caller } from '../policy/port.ts'
import { audienceOf } from './access.ts'
import type { Kernel } from './kernel.ts'
import type { ActingOf, ActionRule, Case, Machine, Step } from './machine.ts'
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

export type ActOrder<State extends string, Facts, By extends Actor = Caller> = {
  caseId: number
  /** The version the caller decided on; any other is `stale`. */
  version: number
  caller: By
  /** Reads what the rules need. `{ invalid }` refuses before anything is written. */
  facts: (trx: Trx, asked: { subject: Case<State>; acting: ActingOf<By>; at: number }) => Promise<{ facts: Facts } | { invalid: string }>
  write: (trx: Trx, done: { before: Case<State>; after: Case<State>; acting: ActingOf<By>; facts: Facts; at: number }) => Promise<Written>
}

export async function act<
  State extends string,
  FactsOf extends Record<string, unknown>,
  Action extends keyof FactsOf & string,
  By extends Actor,
>(
  kernel: Kernel,
  machine: Machine<State, FactsOf>,
  action: Action,
  order: ActOrder<State, FactsOf[Action], By>,
): Promise<ActOutcome<State>> {
  const at = kernel.now()
  const outcome = await kernel.database.transaction((trx) => actWithin(trx, kernel, machine, action, order, at))
  if (!outcome.ok) return outcome
  kernel.wake()
  const { case: after, before, taskPositions, auditNumber } = outcome
  kernel.news.publish({
    type: 'case',
    event: { type: 'case', caseId: after.id, module: after.module, state: after.state, version: after.version },
    audience: audienceOf(before, after, taskPositions),
  })
  return { ok: true, case: after, auditNumber }
}

type Acted<State extends string> = { ok: true; case: Case<State>; before: Case<State>; taskPositions: number[]; auditNumber: number }

async function actWithin<
  State extends string,
  FactsOf extends Record<string, unknown>,
  Action extends keyof FactsOf & string,
  By extends Actor,
>(
  trx: Trx,
  kernel: Kernel,
  machine: Machine<State, FactsOf>,
  action: Action,
  order: ActOrder<State, FactsOf[Action], By>,
  at: number,
): Promise<Acted<State> | Refused> {
  const { caseId, caller } = order
  const found = await lockCase(trx, kernel.database.dialect, { caseId, module: machine.module, caller, access: kernel.access })
  if (!found) return { ok: false, reason: 'not-found' }
  const before = found as Case<State>
  if (before.version !== order.version) return { ok: false, reason: 'stale', now: before }
  const rule = machine.actions[action]
  if (!rule.from.includes(before.state)) return { ok: false, reason: 'not-now', now: before }
  const allowed = allow(rule, caller, before)
  if (!allowed) return { ok: false, reason: 'not-allowed' }
  const { acting, step } = allowed
  const read = await order.facts(trx, { subject: before, acting, at })
  if ('invalid' in read) return { ok: false, reason: 'invalid', why: read.invalid }

  const { facts } = read
  const state = typeof step.to === 'function' ? step.to(before, acting, facts) : step.to
  const effects = step.effects(before, acting, facts)
  const number = before.number ?? (step.number ? await takeNumber(trx, step.number, at) : null)
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
    userId: caller === SYSTEM ? null : caller.userId,
    positionId: acting?.id ?? null,
    heldAs: acting?.as ?? null,
    subject: machine.module,
    caseId,
    action,
    payload: { ...written.payload, summary: written.summary, from: before.state, to: state, version: after.version },
  })
  for (const message of written.messages ?? []) await enqueue(trx, { ...message, at })
  return { ok: true, case: after, before, taskPositions: [...told, ...(effects.tasks ?? []).map((task) => task.positionId)], auditNumber }
}

/** In whose name the caller may do it, with the step that belongs to it; null when not at all. */
function allow<State extends string, Facts, By extends Actor>(
  rule: ActionRule<State, Facts>,
  caller: By,
  subject: Case<State>,
): { acting: ActingOf<By>; step: Step<State, Facts, ActingOf<By>> } | null {
  const asked: Actor = caller
  const acting = asked === SYSTEM ? null : (rule.by?.(asked, subject) ?? null)
  if (asked === SYSTEM ? !rule.bySystem : acting === null) return null
  // A position came from a person's rule, null from the system's: what TypeScript cannot follow from `caller` to `By`.
  return { acting, step: rule } as unknown as { acting: ActingOf<By>; step: Step<State, Facts, ActingOf<By>> }
}
