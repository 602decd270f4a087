/** A screen that this person's positions do not open: who may, and where to go instead. The server refuses in any case. */
import type { Me } from '../platform/accounts/api.ts'
import { language } from '../platform/ui/language.ts'
import { usePageTitle } from '../platform/ui/page-title.ts'
import { homeFor, type Screen, SCREENS, screensFor } from './screens.ts'
import { t } from './web-words.ts'

export function Denied({ me, screen }: { me: Me; screen: Screen }) {
  usePageTitle(t(screen.title))
  const roles = me.positions.map((position) => position.role)
  const home = SCREENS.find(({ path }) => path === homeFor(roles))
  const accounts = screensFor(roles).find(({ path }) => path === '/akun')
  const list = new Intl.ListFormat(language.value, { type: 'disjunction' })
  return (
    <div class="stack narrow">
      <h1>{t('denied.title', { screen: t(screen.title) })}</h1>
      <p class="lead">
        {t('denied.who', { roles: list.format(screen.roles.map((role) => t.code('role.', role))) })}{' '}
        {t('denied.you', { positions: me.positions.map((position) => position.name).join(', ') })}
      </p>
      {accounts && (
        <p>
          <a href={accounts.path}>{t('denied.invite', { screen: t(accounts.title) })}</a>
        </p>
      )}
      {home && (
        <p>
          <a href={home.path}>{t('denied.go', { screen: t(home.title) })}</a>
        </p>
      )}
    </div>
  )
}
