import { moment, span } from '../../../platform/ui/format.ts'
import { language } from '../../../platform/ui/language.ts'
import { now } from '../../../platform/ui/now.ts'
import { StateMark } from '../../../platform/ui/state-mark.tsx'
import { ui } from '../../../platform/ui/ui-words.ts'
import { dueShape } from './due.ts'
import { t } from './complaints-words.ts'

const TONES = { online: 'tone-up', degraded: 'tone-warn', offline: 'tone-down', new: 'tone-muted' } as const

/** A deadline as shape, word and date. */
export function Due({ dueAt, overdue }: { dueAt: number | null; overdue: boolean }) {
  if (dueAt === null) return <span class="muted">{t('due.none')}</span>
  const shape = dueShape(dueAt, overdue, now.value)
  const { unit, n } = span(Math.abs(dueAt - now.value))
  return (
    <span class={`state ${TONES[shape]}`} title={t('due.until', { at: moment(dueAt, language.value) })}>
      <StateMark state={shape} /> {t(shape === 'offline' ? 'due.over' : 'due.left', { span: ui(`span.${unit}`, { n }) })}
    </span>
  )
}
