/** Each action of the table joined to what it reads and writes; the kernel does the rest in the same transaction. */
import { listPositions, positionIdsByRole } from '../../platform/accounts/store.ts'
import { loadCalendar } from '../../platform/calendar/store.ts'
import { DAY_MILLISECONDS, dayInCity, startOfDay } from '../../platform/calendar/days.ts'
import { act, type ActOrder, type ActOutcome, type Written } from '../../platform/cases/act.ts'
import type { Kernel } from '../../platform/cases/kernel.ts'
import type { Case } from '../../platform/cases/machine.ts'
import type { Trx } from '../../platform/db/database.ts'
import { uploadedBy } from '../../platform/files/store.ts'
import type { Caller } from '../../platform/policy/port.ts'
import { ruleOn } from '../../platform/rules/store.ts'
import type { ComplaintAct, ComplaintState } from './api.ts'
import { complaintDays, deadlinesAt } from './law.ts'
import { complaintMachine, type ComplaintFacts, type Deadlines } from './machine.ts'
import { countReturn, expireContact, finishInstructions, insertAnswer, insertInstruction, lastAnswer, setClosingReason } from './store.ts'
import { ticketMessage } from './ticket-news.ts'

/** An instruction due later than a year from now is a slip of the finger. */
const INSTRUCTION_MILLISECONDS_MAX = 365 * DAY_MILLISECONDS

export type Performed = ActOutcome<ComplaintState>
type Order<Action extends keyof ComplaintFacts> = ActOrder<ComplaintState, ComplaintFacts[Action]>
/** What is left to write once a step is taken, whoever took it. */
type Done = Pick<Parameters<Order<'selesaikan'>['write']>[1], 'before' | 'after' | 'at'>

export function perform(kernel: Kernel, caller: Caller, caseId: number, body: ComplaintAct): Promise<Performed> {
  const base = { caseId, version: body.version, caller }
  switch (body.action) {
    case 'teruskan':
      return act(kernel, complaintMachine, 'teruskan', { ...base, ...forward(body) })
    case 'terima':
      return act(kernel, complaintMachine, 'terima', {
        ...base,
        facts: async (trx, { subject, at }) => ({ facts: { deadlines: await deadlines(trx, subject, at) } }),
        write: (trx, done) => told(trx, done, { summary: 'Diterima untuk ditangani' }),
      })
    case 'instruksikan':
      return act(kernel, complaintMachine, 'instruksikan', { ...base, ...instruct(caller, body) })
    case 'jawab':
      return act(kernel, complaintMachine, 'jawab', { ...base, ...answer(caller, body) })
    case 'kembalikan':
      return act(kernel, complaintMachine, 'kembalikan', { ...base, ...sendBack(body.reason) })
    case 'selesaikan':
      return act(kernel, complaintMachine, 'selesaikan', {
        ...base,
        facts: nothing,
        write: async (trx, done) => {
          await startForgetting(trx, done)
          return told(trx, done, { summary: body.note ? `Ditutup: ${body.note}` : 'Ditutup' })
        },
      })
    case 'arsipkan':
      return act(kernel, complaintMachine, 'arsipkan', {
        ...base,
        facts: nothing,
        write: async (trx, done) => {
          await startForgetting(trx, done)
          await setClosingReason(trx, done.after.id, body.reason)
          return told(trx, done, { summary: `Diarsipkan: ${body.reason}` })
        },
      })
  }
}

const nothing = () => Promise.resolve({ facts: null })

function forward(body: Extract<ComplaintAct, { action: 'teruskan' }>): Pick<Order<'teruskan'>, 'facts' | 'write'> {
  return {
    facts: async (trx, { subject, at }) => {
      const headPositions = await positionIdsByRole(trx, 'opd-head', body.opdId)
      if (headPositions.length === 0) return { invalid: 'unknown-opd' }
      return { facts: { opdId: body.opdId, headPositions, deadlines: await deadlines(trx, subject, at) } }
    },
    write: async (trx, done) => {
      const opd = await trx.selectFrom('opd').select('name').where('id', '=', body.opdId).executeTakeFirstOrThrow()
      const summary = `Diteruskan ke ${opd.name}${body.note ? `: ${body.note}` : ''}`
      return told(trx, done, { summary, payload: { opdId: body.opdId } })
    },
  }
}

function instruct(caller: Caller, body: Extract<ComplaintAct, { action: 'instruksikan' }>): Pick<Order<'instruksikan'>, 'facts' | 'write'> {
  const { text, toPositionId, dueAt } = body
  return {
    facts: async (trx, { subject, at }) => {
      if (dueAt < startOfDay(dayInCity(at)) || dueAt > at + INSTRUCTION_MILLISECONDS_MAX) return { invalid: 'bad-due' }
      const office = await listPositions(trx, dayInCity(at), subject.opdId ?? -1)
      if (!office.some((position) => position.id === toPositionId && canBeInstructed(position.role))) return { invalid: 'unknown-position' }
      return { facts: { toPositionId, dueAt, deadlines: await deadlines(trx, subject, at) } }
    },
    write: async (trx, done) => {
      await insertInstruction(trx, {
        caseId: done.after.id,
        text,
        userId: caller.userId,
        acting: done.acting,
        toPositionId,
        dueAt,
        at: done.at,
      })
      const to = await trx.selectFrom('positions').select('name').where('id', '=', toPositionId).executeTakeFirstOrThrow()
      return told(trx, done, { summary: `Instruksi kepada ${to.name}: ${text}`, payload: { toPositionId, dueAt } })
    },
  }
}

export const canBeInstructed = (role: string): boolean => role === 'opd-head' || role === 'opd-staff' || role === 'noc'

function answer(caller: Caller, body: Extract<ComplaintAct, { action: 'jawab' }>): Pick<Order<'jawab'>, 'facts' | 'write'> {
  const photo = body.photo ?? null
  return {
    facts: async (trx, { subject, at }) => {
      if (photo !== null && !(await uploadedBy(trx, photo, caller.userId))) return { invalid: 'unknown-photo' }
      return { facts: { deadlines: await deadlines(trx, subject, at), receivers: await positionIdsByRole(trx, 'verifier') } }
    },
    write: async (trx, done) => {
      await insertAnswer(trx, { caseId: done.after.id, text: body.text, photo, userId: caller.userId, acting: done.acting, at: done.at })
      await finishInstructions(trx, done.after.id, done.at)
      return told(trx, done, { summary: photo ? 'Dijawab dengan foto' : 'Dijawab', payload: { text: body.text, photo } })
    },
  }
}

function sendBack(reason: string): Pick<Order<'kembalikan'>, 'facts' | 'write'> {
  return {
    facts: async (trx, { subject, at }) => {
      const answered = subject.state === 'dijawab' ? await lastAnswer(trx, subject.id) : undefined
      const receivers = answered ? [answered.positionId] : await positionIdsByRole(trx, 'verifier')
      return { facts: { receivers, deadlines: await deadlines(trx, subject, at) } }
    },
    write: async (trx, done) => {
      if (done.after.state === 'masuk') {
        await countReturn(trx, done.after.id)
        await finishInstructions(trx, done.after.id, done.at)
      }
      return told(trx, done, { summary: `Dikembalikan: ${reason}` })
    },
  }
}

async function deadlines(trx: Trx, subject: Case<ComplaintState>, at: number): Promise<Deadlines> {
  return deadlinesAt(at, subject.createdAt, await complaintDays(trx, subject.rulesDay), await loadCalendar(trx))
}

export async function startForgetting(trx: Trx, done: Done): Promise<void> {
  const { value: days } = await ruleOn(trx, 'complaints.contact-retention-days', done.before.rulesDay)
  await expireContact(trx, done.after.id, done.at + days * DAY_MILLISECONDS)
}

export const told = async (trx: Trx, done: Done, written: Written): Promise<Written> => ({
  ...written,
  messages: [await ticketMessage(trx, done.after, done.at)],
})
