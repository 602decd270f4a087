/** Who is online: sessions of access points and of the portal side by side, each with the age of its last word. */
import { octets, span } from '../../platform/ui/format.ts'
import { language } from '../../platform/ui/language.ts'
import { changed, useQuery } from '../../platform/ui/query.ts'
import { useResource } from '../../platform/ui/resource.ts'
import { Age, Moment } from '../../platform/ui/time.tsx'
import { ui } from '../../platform/ui/ui-words.ts'
import type { LiveSession, LiveSessions } from '../radius/api.ts'
import { short } from './block-device.tsx'
import { t } from './noc-words.ts'
import { HotspotCell, RadiusHead, RadiusList } from './radius-head.tsx'
import { SessionEnd } from './session-table.tsx'

/** Access points speak every five minutes: three missed are silence. */
const STALE_MS = 900_000
const SOURCES = ['radius', 'portal', 'bypass'] as const

export function RadiusSessionsPage() {
  const { query } = useQuery()
  const { source = '', state = 'open', node = '', before = '' } = query
  const asked = { source, state: state === 'all' ? '' : state, node, before }
  const list = useResource<LiveSessions>(`/api/noc/radius/sessions${changed({}, asked)}`)
  return (
    <div class="stack">
      <RadiusHead page="sessions" />
      <Filters source={source} state={state} reload={list.reload} />
      <RadiusList of={list} none={{ title: t('radius-sessions.none-title'), text: t('radius-sessions.none') }}>
        {(rows) => <SessionRows rows={rows} />}
      </RadiusList>
    </div>
  )
}

function Filters({ source, state, reload }: { source: string; state: string; reload: () => void }) {
  const { href } = useQuery()
  return (
    <div class="radius-filters">
      <div class="chips" role="group" aria-label={t('sessions.source')}>
        <a class="chip" href={href({ source: '', before: '' })} aria-current={source === '' ? 'true' : undefined}>
          {t('radius-sessions.any-source')}
        </a>
        {SOURCES.map((each) => (
          <a key={each} class="chip" href={href({ source: each, before: '' })} aria-current={source === each ? 'true' : undefined}>
            {t.code('source.', each)}
          </a>
        ))}
      </div>
      <div class="chips" role="group" aria-label={t('radius-sessions.state')}>
        {(['open', 'ended', 'all'] as const).map((each) => (
          <a
            key={each}
            class="chip"
            href={href({ state: each === 'open' ? '' : each, before: '' })}
            aria-current={state === each ? 'true' : undefined}
          >
            {t(`radius-sessions.${each}`)}
          </a>
        ))}
        <button type="button" class="button small" onClick={reload}>
          {t('radius.reload')}
        </button>
      </div>
    </div>
  )
}

function SessionRows({ rows }: { rows: readonly LiveSession[] }) {
  const lang = language.value
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label={t('radius-title.sessions')}>
      <table class="radius-table">
        <thead>
          <tr>
            <th scope="col">{t('radius.hotspot')}</th>
            <th scope="col">{t('sessions.source')}</th>
            <th scope="col">{t('sessions.started')}</th>
            <th scope="col">{t('sessions.length')}</th>
            <th scope="col" class="number">
              {t('sessions.down')}
            </th>
            <th scope="col" class="number">
              {t('sessions.up')}
            </th>
            <th scope="col">{t('sessions.group')}</th>
            <th scope="col">{t('sessions.device')}</th>
            <th scope="col">{t('sessions.end')}</th>
            <th scope="col">{t('radius.heard')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const length = span(row.seconds * 1_000)
            return (
              <tr key={`${row.node} ${row.id}`}>
                <HotspotCell node={row.node} name={row.name} />
                <td>
                  {t.code('source.', row.source)}
                  {row.nas !== null && <span class="small muted"> · {row.nas}</span>}
                </td>
                <td>
                  <Moment at={row.startedAt} />
                </td>
                <td>{ui(`span.${length.unit}`, { n: length.n })}</td>
                <td class="number">{octets(row.downOctets, lang)}</td>
                <td class="number">{octets(row.upOctets, lang)}</td>
                <td>{row.group ?? '–'}</td>
                <td>
                  <code>{short(row.device)}</code>
                </td>
                <SessionEnd of={row} />
                <td>
                  <Age at={row.heardAt} {...(row.open && { staleAfter: STALE_MS })} />
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
