import type { SignedInSession } from '../platform/accounts/api.ts'
import { remove } from '../platform/ui/request.ts'
import { useResource } from '../platform/ui/resource.ts'
import { Age, Moment } from '../platform/ui/time.tsx'
import { usePageTitle } from '../platform/ui/page-title.ts'
import { Loaded } from '../platform/ui/view.tsx'
import { browserName } from './browser-name.ts'
import { OwnPassword } from './own-password.tsx'
import { t } from './web-words.ts'

export function SessionsPage() {
  usePageTitle(t('sessions.title'))
  const sessions = useResource<SignedInSession[]>('/api/sessions')
  const end = async (id: string) => {
    await remove(`/api/sessions/${encodeURIComponent(id)}`)
    sessions.reload()
  }
  return (
    <div class="stack narrow">
      <div class="page-head">
        <div>
          <h1>{t('sessions.title')}</h1>
          <p class="lead">{t('sessions.lead')}</p>
        </div>
      </div>
      <Loaded of={sessions}>
        {(list) => (
          <div class="scroll-x">
            <table class="accounts-table">
              <thead>
                <tr>
                  <th scope="col">{t('sessions.device')}</th>
                  <th scope="col">{t('sessions.since')}</th>
                  <th scope="col">{t('sessions.seen')}</th>
                  <th scope="col">
                    <span class="unseen">{t('sessions.end')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {list.map((session) => (
                  <tr key={session.id}>
                    <td title={session.userAgent}>{browserName(session.userAgent) ?? t('sessions.unknown-device')}</td>
                    <td>
                      <Moment at={session.createdAt} />
                    </td>
                    <td>
                      <Age at={session.lastSeenAt} />
                    </td>
                    <td class="number">
                      {session.current ? (
                        <span class="muted">{t('sessions.this')}</span>
                      ) : (
                        <button
                          type="button"
                          class="button danger"
                          aria-label={t('sessions.end-label', { device: browserName(session.userAgent) ?? t('sessions.unknown-device') })}
                          onClick={() => void end(session.id)}
                        >
                          {t('sessions.end')}
                        </button>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Loaded>
      <OwnPassword onChanged={sessions.reload} />
    </div>
  )
}
