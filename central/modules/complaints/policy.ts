/** Who may do what with a complaint, as pure questions about positions. */
import type { Role } from '../../platform/accounts/api.ts'
import type { CaseAccess } from '../../platform/cases/access.ts'
import type { Acting, Case } from '../../platform/cases/machine.ts'
import { hasRole, type Caller } from '../../platform/policy/port.ts'

/** Roles that handle what their office was given; the NOC is Kominfo's staff for the Wi-Fi. */
const OFFICE_ROLES: readonly Role[] = ['opd-head', 'opd-staff', 'noc']

export const complaintAccess: CaseAccess = { module: 'complaints', seesAll: ['verifier', 'executive'], seesOffice: OFFICE_ROLES }

/** The ways into the complaint pages at all; which rows are seen is decided per row. */
export const COMPLAINT_ROLES: readonly Role[] = ['verifier', 'executive', ...OFFICE_ROLES]

type Handled = Pick<Case, 'opdId'>

const positionOf = (caller: Caller, roles: readonly Role[], opdId?: number | null): Acting | null =>
  caller.positions.find((position) => roles.includes(position.role) && (opdId === undefined || position.opdId === opdId)) ?? null

export const deskOf = (caller: Caller): Acting | null => positionOf(caller, ['verifier'])

/** The head first: whoever holds both acts as the higher. */
export const headOrStaffOf = (caller: Caller, subject: Handled): Acting | null =>
  subject.opdId === null
    ? null
    : (positionOf(caller, ['opd-head'], subject.opdId) ?? positionOf(caller, ['opd-staff', 'noc'], subject.opdId))

/** The office's head, or the mayor. */
export const instructorOf = (caller: Caller, subject: Handled): Acting | null =>
  (subject.opdId === null ? null : positionOf(caller, ['opd-head'], subject.opdId)) ?? positionOf(caller, ['executive'])

/** Only the desk and the office at work need to call back; never for an anonymous complaint. */
export const maySeeContact = (caller: Caller, subject: Handled, anonymous: boolean): boolean =>
  !anonymous && (hasRole(caller, 'verifier') || headOrStaffOf(caller, subject) !== null)
