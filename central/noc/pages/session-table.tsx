import { mayBe } from '../../platform/ui/me.ts'
import { octets, span } from '../../platform/ui/format.ts'
import { language } from '../../platform/ui/language.ts'
import { Moment } from '../../platform/ui/time.tsx'
import { ui } from '../../platform/ui/ui-words.ts'
import type { HotspotPage } from '../api.ts'
import { BlockedHere, mayBeBlocked, short, useBlocking } from './block-device.tsx'
import { t } from './noc-words.ts'

export function SessionTable({ page, reload }: { page: HotspotPage; reload: () => void }) {
  const lang = language.value
  const { sessions } = page
  const blocking = useBlocking(page.hotspot.node, page.blocked, reload)
  const untilOf = new Map(page.blocked.map(({ device, until }) => [device, until]))
  const mayBlock = mayBe('admin', 'noc')
  const blockCell = (device: string) => {
    if (!mayBeBlocked(device)) return null
    if (untilOf.has(device)) return <span class="tone-down">{t('cause.blocked')}</span>
    return (
      <button
        type="button"
        class="button plain small"
        aria-label={t('block.open-label', { device: short(device) })}
        onClick={() => blocking.open(device)}
      >
        {t('block.open')}
      </button>
    )
  }
  return (
    <section class="sheet sessions">
      <h2>{t('sessions.title')}</h2>
      {mayBlock && <BlockedHere blocking={blocking} />}
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
                <th scope="col">{t('sessions.group')}</th>
                <th scope="col">{t('sessions.device')}</th>
                <th scope="col">{t('sessions.end')}</th>
                {mayBlock && (
                  <th scope="col">
                    <span class="unseen">{t('block.open')}</span>
                  </th>
                )}
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
                    <td>{t.code('source.', session.source)}</td>
                    <td>{session.group ?? '–'}</td>
                    <td>
                      <code>{short(session.device)}</code>
                    </td>
                    <SessionEnd of={session} />
                    {mayBlock && <td class="number">{blockCell(session.device)}</td>}
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

/** Whether it goes on, or why it ended. */
export function SessionEnd({ of: { open, cause } }: { of: { open: boolean; cause: string | null } }) {
  return <td>{open ? <strong class="tone-up">{t('sessions.open')}</strong> : cause === null ? '–' : t.code('cause.', cause)}</td>
}
