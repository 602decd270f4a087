/**
 * A complaint's way, from the citizen to the answer. Pure.
 *
 *   masuk ─teruskan→ diteruskan ─terima→ ditangani ─jawab→ dijawab ─selesaikan, tutup-otomatis→ selesai
 *     │                  └────kembalikan────┘ → masuk         └kembalikan→ ditangani
 *     └arsipkan→ diarsip
 */
import type { Case, Effects, Machine, TaskOrder } from '../../platform/cases/machine.ts'
import type { ComplaintAct, ComplaintState } from './api.ts'
import { deskOf, headOrStaffOf, instructorOf } from './policy.ts'

type ComplaintAction = ComplaintAct['action']

/** Ends of the deadlines that could begin now, by the rules of the case's own day. */
export type Deadlines = { verification: number; firstResponse: number; completion: number; closing: number }
/** `receivers`: the positions whose turn it is next. */
type HandedOn = { deadlines: Deadlines; receivers: readonly number[] }

export type ComplaintFacts = {
  teruskan: { deadlines: Deadlines; opdId: number; headPositions: readonly number[] }
  kembalikan: HandedOn
  terima: { deadlines: Deadlines }
  instruksikan: { deadlines: Deadlines; toPositionId: number; dueAt: number }
  jawab: HandedOn
  selesaikan: null
  /** How many working days passed without a reaction. */
  'tutup-otomatis': { workingDays: number }
  arsipkan: null
}

const tasks = (positions: readonly number[], action: ComplaintAction, dueAt: number): TaskOrder[] =>
  positions.map((positionId) => ({ positionId, action, dueAt }))

/** Waiting at Kominfo's desk to be forwarded: the effects of arriving, and of coming back. */
export const atTheDesk = (facts: HandedOn): Effects => ({
  opdId: null,
  ownerPositionId: facts.receivers[0] ?? null,
  dueAt: facts.deadlines.verification,
  tasks: tasks(facts.receivers, 'teruskan', facts.deadlines.verification),
})

const handledBy = (positionId: number, dueAt: number, caseDueAt: number): Effects => ({
  ownerPositionId: positionId,
  dueAt: caseDueAt,
  tasks: tasks([positionId], 'jawab', dueAt),
})

const finished: Effects = { dueAt: null, ownerPositionId: null }

/** An answer sent back goes to the office that gave it; anything else goes to the desk. */
const isAnswerReturned = (subject: Case<ComplaintState>) => subject.state === 'dijawab'

export const complaintMachine: Machine<ComplaintState, ComplaintFacts> = {
  module: 'complaints',
  states: {
    masuk: { final: false },
    diteruskan: { final: false },
    ditangani: { final: false },
    dijawab: { final: false },
    selesai: { final: true },
    diarsip: { final: true },
  },
  start: 'masuk',
  actions: {
    teruskan: {
      from: ['masuk'],
      to: 'diteruskan',
      by: deskOf,
      effects: (_subject, _acting, { deadlines, opdId, headPositions }) => ({
        opdId,
        ownerPositionId: headPositions[0] ?? null,
        dueAt: deadlines.firstResponse,
        tasks: tasks(headPositions, 'terima', deadlines.firstResponse),
      }),
    },
    terima: {
      from: ['diteruskan'],
      to: 'ditangani',
      by: headOrStaffOf,
      effects: (_subject, acting, { deadlines }) => handledBy(acting.id, deadlines.completion, deadlines.completion),
    },
    instruksikan: {
      from: ['diteruskan', 'ditangani'],
      // The head of the office accepts by instructing; the mayor's instruction leaves that to the office.
      to: (subject, acting) => (acting.role === 'opd-head' ? 'ditangani' : subject.state),
      by: instructorOf,
      effects: (subject, acting, { deadlines, toPositionId, dueAt }) => {
        const caseDueAt = subject.state === 'diteruskan' ? deadlines.completion : (subject.dueAt ?? deadlines.completion)
        if (acting.role === 'opd-head') return handledBy(toPositionId, dueAt, caseDueAt)
        return { tasks: tasks([toPositionId], subject.state === 'diteruskan' ? 'terima' : 'jawab', dueAt) }
      },
    },
    jawab: {
      from: ['ditangani'],
      to: 'dijawab',
      by: headOrStaffOf,
      effects: (_subject, _acting, { deadlines, receivers }) => ({
        ownerPositionId: receivers[0] ?? null,
        dueAt: deadlines.closing,
        tasks: tasks(receivers, 'selesaikan', deadlines.closing),
      }),
    },
    kembalikan: {
      from: ['diteruskan', 'ditangani', 'dijawab'],
      to: (subject) => (isAnswerReturned(subject) ? 'ditangani' : 'masuk'),
      by: (caller, subject) => (isAnswerReturned(subject) ? deskOf(caller) : headOrStaffOf(caller, subject)),
      effects: (subject, _acting, facts) => (isAnswerReturned(subject) ? answerAgain(facts) : atTheDesk(facts)),
    },
    selesaikan: { from: ['dijawab'], to: 'selesai', by: deskOf, effects: () => finished },
    'tutup-otomatis': { from: ['dijawab'], to: 'selesai', bySystem: true, effects: () => finished },
    arsipkan: { from: ['masuk'], to: 'diarsip', by: deskOf, effects: () => finished },
  },
}

const answerAgain = (facts: HandedOn): Effects => ({
  ownerPositionId: facts.receivers[0] ?? null,
  dueAt: facts.deadlines.completion,
  tasks: tasks(facts.receivers, 'jawab', facts.deadlines.completion),
})
