import { moment } from '../../../platform/ui/format.ts'
import { language } from '../../../platform/ui/language.ts'
import { ui } from '../../../platform/ui/ui-words.ts'
import type { ComplaintState } from '../api.ts'
import type { Change } from './stale.ts'
import { t } from './complaints-words.ts'

type Props = { changes: readonly Change[]; state: ComplaintState; possible: boolean }

/** Who changed it while this person was reading or writing, and what that means for what they wrote. */
export function StaleNotice({ changes, state, possible }: Props) {
  return (
    <div class="notice warn" role="alert">
      <strong>{t('stale.title')}</strong>
      <ul class="stale-list">
        {changes.map((change) => (
          <li key={`${change.at}${change.summary}`}>
            {t('stale.by', {
              actor: change.actor,
              position: change.position,
              at: moment(change.at, language.value),
              summary: change.summary,
            })}
          </li>
        ))}
      </ul>
      <p>
        {t('stale.state', { state: ui(`case.${state}`) })} {possible ? t('stale.again') : t('stale.not-now')}
      </p>
    </div>
  )
}
