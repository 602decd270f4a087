/**
 * Who may see which case: the one place where rows are filtered. A case the caller may not see does not exist for them,
 * in lists, pages, searches, events and actions alike.
 */
import { sql, type RawBuilder, type SqlBool } from 'kysely'
import type { Role } from '../accounts/api.ts'
import { hasRole, SYSTEM, type Actor, type Caller } from '../policy/port.ts'
import type { Secrecy } from '../db/tables.ts'
import type { Case } from './machine.ts'

export type CaseAccess = {
  module: string
  /** Roles that see every case of the module. */
  seesAll: readonly Role[]
  /** Roles that see the cases their own office handles. */
  seesOffice: readonly Role[]
}

/** Above these a task or the ownership is needed, whatever the office. */
const OPEN_SECRECY: readonly Secrecy[] = ['biasa', 'terbatas']

/** A condition on a query that reads `cases`. */
export function visibleTo(caller: Actor, access: readonly CaseAccess[]): RawBuilder<SqlBool> {
  if (caller === SYSTEM) return sql`1 = 1`
  const positions = list(caller.positions.map((position) => position.id))
  const ways: RawBuilder<SqlBool>[] = [
    sql`cases.owner_position_id in ${positions}`,
    sql`exists (select 1 from tasks where tasks.case_id = cases.id and tasks.done_at is null and tasks.position_id in ${positions})`,
  ]
  const open = sql`cases.secrecy in (${sql.join(OPEN_SECRECY)})`
  for (const { module, seesAll, seesOffice } of access) {
    if (hasRole(caller, ...seesAll)) ways.push(sql`(cases.module = ${module} and ${open})`)
    const offices = list(officesOf(caller, seesOffice))
    ways.push(sql`(cases.module = ${module} and ${open} and cases.opd_id in ${offices})`)
  }
  return sql`(${sql.join(ways, sql` or `)})`
}

/** `in ()` is not SQL; no id is -1. */
const list = (ids: readonly number[]) => sql`(${sql.join(ids.length > 0 ? ids : [-1])})`

const officesOf = (caller: Caller, roles: readonly Role[]): number[] => [
  ...new Set(caller.positions.filter((position) => roles.includes(position.role)).map((position) => position.opdId)),
]

/** The same rule for an event just published, without a query. */
export type Audience = { secrecy: Secrecy; opdIds: readonly number[]; positionIds: readonly number[] }

type Placed = Pick<Case, 'secrecy' | 'opdId' | 'ownerPositionId'>

/** Those who could see the case before or can after: the office it left must learn that it left. */
export function audienceOf(before: Placed | null, after: Placed, taskPositions: readonly number[]): Audience {
  const places = before ? [before, after] : [after]
  return {
    secrecy: after.secrecy,
    opdIds: distinct(places.map((place) => place.opdId)),
    positionIds: distinct([...places.map((place) => place.ownerPositionId), ...taskPositions]),
  }
}

const distinct = (ids: readonly (number | null)[]): number[] => [...new Set(ids)].filter((id) => id !== null)

export function inAudience(caller: Caller, access: readonly CaseAccess[], module: string, audience: Audience): boolean {
  if (caller.positions.some((position) => audience.positionIds.includes(position.id))) return true
  const rule = access.find((candidate) => candidate.module === module)
  if (!rule || !OPEN_SECRECY.includes(audience.secrecy)) return false
  return hasRole(caller, ...rule.seesAll) || officesOf(caller, rule.seesOffice).some((opdId) => audience.opdIds.includes(opdId))
}
