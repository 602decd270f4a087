import { positionTitle } from '../../platform/accounts/holders.ts'
import { listPositions } from '../../platform/accounts/store.ts'
import { caseHistory } from '../../platform/audit/store.ts'
import { dayInCity } from '../../platform/calendar/days.ts'
import type { Case } from '../../platform/cases/machine.ts'
import { allowedActions } from '../../platform/cases/machine.ts'
import { listOpd } from '../../platform/city/store.ts'
import type { Db } from '../../platform/db/database.ts'
import { hasRole, type Caller } from '../../platform/policy/port.ts'
import type { ComplaintPage, ComplaintState } from './api.ts'
import { complaintMachine } from './machine.ts'
import { canBeInstructed } from './perform.ts'
import { maySeeContact } from './policy.ts'
import { complaintRow } from './queries.ts'
import { suggestedOpd } from './routing.ts'
import { answersOf, complaintOf, contactOf, instructionsOf } from './store.ts'

/** `subject` was read through row access, or just changed by the caller. */
export async function complaintPage(db: Db, caller: Caller, subject: Case, now: number): Promise<ComplaintPage> {
  const [complaint, answers, instructions, history] = [
    await complaintOf(db, subject.id),
    await answersOf(db, subject.id),
    await instructionsOf(db, subject.id),
    await caseHistory(db, subject.id),
  ]
  const anonymous = complaint.anonymous === 1
  const opds = await listOpd(db)
  const atDesk = subject.state === 'masuk' && hasRole(caller, 'verifier')
  const suggestion = atDesk ? await suggestedOpd(db, complaint.category, complaint.kelurahan, dayInCity(now)) : null
  const office = subject.opdId === null ? [] : await listPositions(db, dayInCity(now), subject.opdId)
  return {
    row: await complaintRow(db, caller, subject.id, now),
    text: complaint.text,
    contact: maySeeContact(caller, subject, anonymous) ? await contactOf(db, subject.id) : null,
    anonymous,
    language: complaint.language,
    codeHint: complaint.code.slice(-4),
    telemetry: JSON.parse(complaint.telemetry) as unknown,
    suggestedOpd: opds.find((opd) => opd.id === suggestion) ?? null,
    instructions: instructions.map(({ heldAs, fromName, toName, ...rest }) => ({
      ...rest,
      from: positionTitle(fromName, heldAs),
      to: toName,
    })),
    answers: answers.map(({ text, photo, at, positionName, heldAs }) => ({ text, photo, at, by: positionTitle(positionName, heldAs) })),
    history: history.map((line) => ({
      at: line.at,
      actor: line.actor ?? '',
      position: line.position === null ? '' : positionTitle(line.position, line.heldAs),
      action: line.action,
      summary: line.summary,
      auditNumber: line.number,
    })),
    actions: allowedActions(complaintMachine, caller, subject as Case<ComplaintState>),
    opds: atDesk ? opds : [],
    staff: office
      .filter((position) => canBeInstructed(position.role))
      .map((position) => ({ positionId: position.id, name: position.name, holder: position.holder?.name ?? '' })),
  }
}
