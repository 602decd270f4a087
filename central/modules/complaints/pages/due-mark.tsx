import { moment, span, wibDateValue } from '../../../platform/ui/format.ts'
import { language } from '../../../platform/ui/language.ts'
import { now } from '../../../platform/ui/now.ts'
import { StateMark } from '../../../platform/ui/state-mark.tsx'
import { ui } from '../../../platform/ui/ui-words.ts'
import { dueShape } from './due.ts'
import { t } from './complaints-words.ts'
import type { ComplaintRow } from '../api.ts'

const TONES = { online: 'tone-up', degraded: 'tone-warn', offline: 'tone-down', new: 'tone-muted' } as const

/** A deadline as shape, word and date; one beyond the loaded holidays says that it may still move. */
export function Due({ row: { dueAt, overdue, dueProvisional } }: { row: Pick<ComplaintRow, 'dueAt' | 'overdue' | 'dueProvisional'> }) {
  if (dueAt === null) return <span class="muted">{t('due.none')}</span>
  const shape = dueShape(dueAt, overdue, now.value)
  const { unit, n } = span(Math.abs(dueAt - now.value))
  return (
    <span class={`state ${TONES[shape]}`} title={t('due.until', { at: moment(dueAt, language.value) })}>
      <StateMark state={shape} /> {t(shape === 'offline' ? 'due.over' : 'due.left', { span: ui(`span.${unit}`, { n }) })}
      {dueProvisional && (
        <span class="muted small" title={provisionalWhy(dueAt)}>
          {' '}
          {t('due.provisional')}
        </span>
      )}
    </span>
  )
}

const provisionalWhy = (dueAt: number) => t('due.provisional-why', { year: wibDateValue(dueAt).slice(0, 4) })

/** The deadline's date in words and, where it may still move, why. */
export function DueDate({ row: { dueAt, dueProvisional } }: { row: Pick<ComplaintRow, 'dueAt' | 'dueProvisional'> }) {
  if (dueAt === null) return null
  return (
    <span class="muted small">
      {t('due.until', { at: moment(dueAt, language.value) })}
      {dueProvisional && <>. {provisionalWhy(dueAt)}</>}
    </span>
  )
}
