/**
 * A module's states and actions as one table, pure. What may happen, from where, by which position and what follows is
 * read here and nowhere else; the kernel (act.ts) does the writing.
 */
import type { Actor, Caller } from '../policy/port.ts'
import type { PlatformTables } from '../db/tables.ts'

/** The position that acts: a person acts in an office, never merely as a person. */
export type Acting = Caller['positions'][number]
/** The system has no office. */
export type ActingOf<By extends Actor> = By extends Caller ? Acting : null

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

/** What an action does; `by` says who may. */
export type Step<State extends string, Facts, In extends Acting | null> = {
  from: readonly State[]
  to: State | ((subject: Case<State>, acting: In, facts: Facts) => State)
  effects: (subject: Case<State>, acting: In, facts: Facts) => Effects
  /** The series a number is taken from when the case has none yet. */
  number?: string
}

export type ActionRule<State extends string, Facts> =
  /** The caller's position that may do this, or null. */
  | (Step<State, Facts, Acting> & { by: (caller: Caller, subject: Case<State>) => Acting | null; bySystem?: never })
  /** No person's: never offered on a screen, refused to everyone who is signed in. */
  | (Step<State, Facts, null> & { bySystem: true; by?: never })

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
  return names.filter((name) => {
    const { from, by } = machine.actions[name]
    return from.includes(subject.state) && by !== undefined && by(caller, subject) !== null
  })
}
