/** Access points that boxes take logins from, as each box's own file names them, and which list of people each box runs by. */
import { useResource } from '../../platform/ui/resource.ts'
import { Age, Moment } from '../../platform/ui/time.tsx'
import { Loaded } from '../../platform/ui/view.tsx'
import type { RadiusBox, RadiusBoxes } from '../radius/api.ts'
import { LIST_STATES } from '../radius/screen-words.ts'
import { t } from './noc-words.ts'
import { RadiusHead } from './radius-head.tsx'

export function RadiusPointsPage() {
  const boxes = useResource<RadiusBoxes>('/api/noc/radius/boxes')
  return (
    <div class="stack">
      <RadiusHead page="points" />
      <Loaded of={boxes}>
        {(value) =>
          value.boxes.length === 0 ? (
            <div class="empty">
              <strong>{t('radius-points.none-title')}</strong>
              {t('radius-points.none')}
            </div>
          ) : (
            <>
              <Spread boxes={value} />
              <ul class="radius-boxes">
                {value.boxes.map((box) => (
                  <Box key={box.node} box={box} version={value.version} />
                ))}
              </ul>
            </>
          )
        }
      </Loaded>
    </div>
  )
}

/** How far the newest list has come, in words. */
export function Spread({ boxes }: { boxes: RadiusBoxes }) {
  return (
    <p role="status">
      {boxes.version === 0 ? (
        t('radius-points.no-list')
      ) : (
        <>
          {t('radius-points.list-of')} <Moment at={boxes.version} />:{' '}
          {LIST_STATES.filter((state) => boxes.counts[state] > 0)
            .map((state) => t(`radius-list.${state}`, { n: boxes.counts[state] }))
            .join(' · ')}
        </>
      )}
    </p>
  )
}

function Box({ box, version }: { box: RadiusBox; version: number }) {
  return (
    <li class="sheet">
      <h2>
        <a href={`/noc/h/${box.node}`}>{box.name}</a> <span class="small muted">{box.kelurahanName}</span>
      </h2>
      <p class={box.state === 'refused' ? 'tone-down' : box.state === 'applied' ? 'tone-up' : 'tone-warn'}>
        {version === 0 ? t('radius-points.nothing-sent') : t(`radius-state.${box.state}`)}
        {box.reason !== null && <>: {box.reason}</>}
      </p>
      <p class="small muted">
        {t(box.recoverable ? 'radius-points.recoverable' : 'radius-points.not-recoverable')} · {t('radius-points.reported')}{' '}
        <Age at={box.reportedAt} /> · <a href={`/noc/radius/sesi?node=${box.node}`}>{t('radius-points.sessions')}</a> ·{' '}
        <a href={`/noc/radius/ditolak?node=${box.node}`}>{t('radius-points.refused')}</a>
      </p>
      {box.clients.length === 0 ? (
        <p class="muted">{t('radius-points.no-clients')}</p>
      ) : (
        <div class="scroll-x" tabIndex={0} role="region" aria-label={t('radius-points.of', { name: box.name })}>
          <table class="radius-table">
            <thead>
              <tr>
                <th scope="col">{t('radius-points.name')}</th>
                <th scope="col">{t('radius-points.address')}</th>
                <th scope="col">{t('radius-points.vendor')}</th>
                <th scope="col">{t('radius-points.signing')}</th>
              </tr>
            </thead>
            <tbody>
              {box.clients.map(({ name, address, vendor, legacy }) => (
                <tr key={`${name} ${address}`}>
                  <th scope="row">{name}</th>
                  <td>{address === '' ? t('radius-points.by-certificate') : <code>{address}</code>}</td>
                  <td>{vendor}</td>
                  <td class={legacy ? 'tone-warn wrap' : ''}>{t(legacy ? 'radius-points.legacy' : 'radius-points.signed')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {box.clientCount > box.clients.length && (
        <p class="small muted">{t('radius-points.more', { n: box.clientCount - box.clients.length })}</p>
      )}
    </li>
  )
}
