/** Why people were refused, for whoever picks up the telephone: no password, no name, no address. */
import { changed, useQuery } from '../../platform/ui/query.ts'
import { useResource } from '../../platform/ui/resource.ts'
import { Age, Moment } from '../../platform/ui/time.tsx'
import type { RejectionRow, Rejections } from '../radius/api.ts'
import { short } from './block-device.tsx'
import { t } from './noc-words.ts'
import { HotspotCell, RadiusHead, RadiusList } from './radius-head.tsx'

const REASONS = [
  'wrong-credentials',
  'unknown-device',
  'blocked',
  'closed',
  'expired',
  'voucher-full',
  'method-not-possible',
  'contradictory',
  'more',
] as const

export function RadiusRejectionsPage() {
  const { query, set } = useQuery()
  const { reason = '', node = '', before = '' } = query
  const list = useResource<Rejections>(`/api/noc/radius/rejections${changed({}, { reason, node, before })}`)
  return (
    <div class="stack">
      <RadiusHead page="refused" />
      <div class="row radius-filters">
        <label class="row">
          {t('radius-refused.reason')}
          <select class="input compact" value={reason} onChange={(event) => set({ reason: event.currentTarget.value, before: '' })}>
            <option value="">{t('radius-refused.any')}</option>
            {REASONS.map((each) => (
              <option key={each} value={each}>
                {t(`radius-why.${each}`)}
              </option>
            ))}
          </select>
        </label>
        <button type="button" class="button small" onClick={list.reload}>
          {t('radius.reload')}
        </button>
      </div>
      <RadiusList of={list} none={{ title: t('radius-refused.none-title'), text: t('radius-refused.none') }}>
        {(rows) => <RejectionTable rows={rows} />}
      </RadiusList>
    </div>
  )
}

function RejectionTable({ rows }: { rows: readonly RejectionRow[] }) {
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label={t('radius-title.refused')}>
      <table class="radius-table">
        <thead>
          <tr>
            <th scope="col">{t('radius-refused.when')}</th>
            <th scope="col">{t('radius.hotspot')}</th>
            <th scope="col">{t('radius-refused.point')}</th>
            <th scope="col">{t('radius-refused.why')}</th>
            <th scope="col">{t('radius-refused.account')}</th>
            <th scope="col">{t('sessions.device')}</th>
            <th scope="col" class="number">
              {t('radius-refused.times')}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={`${row.node} ${row.at} ${i}`}>
              <td>
                <Moment at={row.at} />
                <br />
                <span class="small muted">
                  <Age at={row.at} />
                </span>
              </td>
              <HotspotCell node={row.node} name={row.name} />
              <td>{row.client === '' ? '–' : row.client}</td>
              <td class="wrap">
                <strong>{t.code('radius-why.', row.reason)}</strong>
                <br />
                <span class="small muted">{row.reason.startsWith('eap-') ? t('radius-do.eap') : t.code('radius-do.', row.reason)}</span>
              </td>
              <td>{row.account === null ? '–' : <code>{short(row.account)}</code>}</td>
              <td>{row.device === null ? '–' : <code>{short(row.device)}</code>}</td>
              <td class="number">{row.count}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
