/**
 * A module's states and actions as one table, pure. What may happen, from where, by which position and what follows is
 * read here and nowhere else; the kernel (act.ts) does the writing.
 */
import type { Caller } from '../policy/port.ts'
import type { PlatformTables } from '../db/tables.ts'

/** The position that acts: an action always happens in an office, never merely by a person. */
export type Acting = Caller['positions'][number]

type CaseColumns = PlatformTables['cases']
export type Case<State extends string = string> = Omit<CaseColumns, 'id' | 'state' | 'idempotencyKey'> & { id: number; state: State }

export type TaskOrder = { positionId: number; action: string; dueAt: number | null }

/** What follows an action; what is absent stays as it was. */
export type Effects = {
  opdId?: number | null
  ownerPositionId?: number | null
  dueAt?: number | null
  /** Opened in the new state. Leaving a state closes every task of it first. */
  tasks?: readonly TaskOrder[]
}

type ActionRule<State extends string, Facts> = {
  from: readonly State[]
  to: State | ((subject: Case<State>, acting: Acting, facts: Facts) => State)
  /** The caller's position that may do this, or null. */
  by: (caller: Caller, subject: Case<State>) => Acting | null
  effects: (subject: Case<State>, acting: Acting, facts: Facts) => Effects
  /** The series a number is taken from when the case has none yet. */
  number?: string
}

/** `FactsOf` maps each action to what its rules need to know; leaving an action out does not compile. */
export type Machine<State extends string, FactsOf extends Record<string, unknown>> = {
  module: string
  states: Record<State, { final: boolean }>
  start: State
  actions: { [Action in keyof FactsOf]: ActionRule<State, FactsOf[Action]> }
}

/** What the caller may do with the case as it stands, in the table's order. */
export function allowedActions<State extends string, FactsOf extends Record<string, unknown>>(
  machine: Machine<State, FactsOf>,
  caller: Caller,
  subject: Case<State>,
): (keyof FactsOf & string)[] {
  const names = Object.keys(machine.actions) as (keyof FactsOf & string)[]
  return names.filter((name) => machine.actions[name].from.includes(subject.state) && machine.actions[name].by(caller, subject) !== null)
}
