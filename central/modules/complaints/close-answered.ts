/**
 * An answer nobody reacts to closes its complaint: the end of its last deadline, set in working days when it was given.
 * The citizen is told, the history says that no person did it.
 */
import { act } from '../../platform/cases/act.ts'
import type { Kernel } from '../../platform/cases/kernel.ts'
import { SYSTEM } from '../../platform/policy/port.ts'
import { complaintDays } from './law.ts'
import { complaintMachine } from './machine.ts'
import { startForgetting, told } from './perform.ts'
import { answeredUntil } from './queries.ts'

/** A run after a long standstill takes its time in pieces; the next run goes on. */
const CLOSED_PER_RUN_MAX = 500

/** Safe to run twice, and beside officers and other processes: whoever is later finds another version. @returns how many were closed. */
export async function closeAnswered(kernel: Kernel): Promise<number> {
  const due = await answeredUntil(kernel.database.db, kernel.now(), CLOSED_PER_RUN_MAX)
  const faults: unknown[] = []
  let closed = 0
  for (const { id, version } of due) {
    try {
      if (await closeOne(kernel, id, version)) closed += 1
    } catch (error) {
      // One case that cannot be closed must not keep the others open.
      faults.push(error)
    }
  }
  if (faults.length > 0) throw new AggregateError(faults, `${faults.length} of ${due.length} answered complaints could not be closed`)
  return closed
}

async function closeOne(kernel: Kernel, caseId: number, version: number): Promise<boolean> {
  const outcome = await act(kernel, complaintMachine, 'tutup-otomatis', {
    caseId,
    version,
    caller: SYSTEM,
    facts: async (trx, { subject }) => ({ facts: { workingDays: (await complaintDays(trx, subject.rulesDay)).closing } }),
    write: async (trx, done) => {
      const { workingDays } = done.facts
      await startForgetting(trx, done)
      return told(trx, done, { summary: `Ditutup otomatis: ${workingDays} hari kerja tanpa tanggapan`, payload: { workingDays } })
    },
  })
  if (!outcome.ok && outcome.reason !== 'stale' && outcome.reason !== 'not-now') {
    throw new Error(`complaint ${caseId} cannot be closed by the clock: ${outcome.reason}`)
  }
  return outcome.ok
}
