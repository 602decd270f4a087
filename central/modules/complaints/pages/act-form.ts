/** From the fields of a form to the API's action; pure. */
import { wibDate, wibDateValue } from '../../../platform/ui/format.ts'
import type { ComplaintAct, ComplaintPage } from '../api.ts'
import type { ActionName } from './act.ts'
import { type DueChoice, dueInstant, likelyDue, OFFICE_CLOSES } from './due.ts'

export type Fields = Record<string, string>

export const DUE_CHOICES = ['today', 'tomorrow', '3', 'date'] as const satisfies readonly DueChoice[]

/** What stands in a form when it opens: the likeliest answer, so that a head of office needs two taps. */
export function firstFields(
  action: ActionName,
  value: ComplaintPage,
  at: number,
  mine: { phrase: string; positions: readonly number[] },
): Fields {
  if (action === 'teruskan') return { opdId: String(value.suggestedOpd?.id ?? value.opds[0]?.id ?? ''), note: '' }
  if (action === 'instruksikan') {
    const held = value.staff.filter((staff) => staff.holder !== '')
    // Someone other than the person who instructs.
    const first = held.find((staff) => !mine.positions.includes(staff.positionId)) ?? held[0] ?? value.staff[0]
    return { text: mine.phrase, toPositionId: String(first?.positionId ?? ''), due: likelyDue(at), date: wibDateValue(dueInstant('3', at)) }
  }
  return {}
}

export function dueOf(fields: Fields, at: number): number | null {
  const choice = DUE_CHOICES.find((each) => each === fields['due']) ?? 'tomorrow'
  return choice === 'date' ? wibDate(fields['date'] ?? '', OFFICE_CLOSES) : dueInstant(choice, at)
}

/** Null while something needed is missing; the browser's own validation has then already said what. */
export function actFrom(action: ActionName, fields: Fields, version: number, at: number): ComplaintAct | null {
  const text = (fields['text'] ?? '').trim()
  const note = (fields['note'] ?? '').trim()
  const withNote = note === '' ? {} : { note }
  switch (action) {
    case 'teruskan': {
      const opdId = Number(fields['opdId'])
      return fields['opdId'] && Number.isInteger(opdId) ? { action, version, opdId, ...withNote } : null
    }
    case 'instruksikan': {
      const dueAt = dueOf(fields, at)
      const toPositionId = Number(fields['toPositionId'])
      return text !== '' && dueAt !== null && fields['toPositionId'] ? { action, version, text, toPositionId, dueAt } : null
    }
    case 'jawab':
      return text === '' ? null : { action, version, text, ...(fields['photo'] ? { photo: fields['photo'] } : {}) }
    case 'kembalikan':
    case 'arsipkan':
      return text === '' ? null : { action, version, reason: text }
    case 'selesaikan':
      return { action, version, ...withNote }
    case 'terima':
      return { action, version }
  }
}
