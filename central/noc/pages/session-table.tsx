import { octets, span } from '../../platform/ui/format.ts'
import { language } from '../../platform/ui/language.ts'
import { Moment } from '../../platform/ui/time.tsx'
import { ui } from '../../platform/ui/ui-words.ts'
import type { HotspotPage } from '../api.ts'
import { t } from './noc-words.ts'

export function SessionTable({ sessions }: { sessions: HotspotPage['sessions'] }) {
  const lang = language.value
  return (
    <section class="sheet sessions">
      <h2>{t('sessions.title')}</h2>
      {sessions.length === 0 ? (
        <p class="muted">{t('sessions.none')}</p>
      ) : (
        <div class="scroll-x" tabIndex={0} role="region" aria-label={t('sessions.title')}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t('sessions.started')}</th>
                <th scope="col">{t('sessions.length')}</th>
                <th scope="col" class="number">
                  {t('sessions.down')}
                </th>
                <th scope="col" class="number">
                  {t('sessions.up')}
                </th>
                <th scope="col">{t('sessions.source')}</th>
                <th scope="col">{t('sessions.device')}</th>
                <th scope="col">{t('sessions.end')}</th>
              </tr>
            </thead>
            <tbody>
              {sessions.map((session) => {
                const length = span(session.seconds * 1_000)
                return (
                  <tr key={session.id}>
                    <td>
                      <Moment at={session.startedAt} />
                    </td>
                    <td>{ui(`span.${length.unit}`, { n: length.n })}</td>
                    <td class="number">{octets(session.downOctets, lang)}</td>
                    <td class="number">{octets(session.upOctets, lang)}</td>
                    <td>{session.source}</td>
                    <td>
                      <code>{session.device.slice(0, 12)}</code>
                    </td>
                    <td>{session.open ? <strong class="tone-up">{t('sessions.open')}</strong> : (session.cause ?? '–')}</td>
                  </tr>
                )
              })}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}
