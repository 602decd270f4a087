/** For the administrator of a city where nobody has been invited yet: the next step, until it is taken. */
import type { Position } from '../../platform/accounts/api.ts'
import { mayBe } from '../../platform/ui/me.ts'
import { useResource } from '../../platform/ui/resource.ts'
import { t } from './noc-words.ts'

export function FirstSteps() {
  const positions = useResource<Position[]>(mayBe('admin') ? '/api/positions' : null)
  const alone = positions.value !== null && positions.value.every(({ role, holder }) => role === 'admin' || holder === null)
  if (!alone) return null
  return (
    <p class="notice first-steps">
      {t('first.why')} <a href="/akun">{t('first.invite')}</a>
    </p>
  )
}
