/** The boxes whose road has something to look at, the most urgent first. */
import { number, span } from '../../platform/ui/format.ts'
import { language } from '../../platform/ui/language.ts'
import { mayBe } from '../../platform/ui/me.ts'
import { Age } from '../../platform/ui/time.tsx'
import type { BoxRoad, IngestView } from '../road/api.ts'
import { STALE_MS } from './hotspot-list.ts'
import { t } from './noc-words.ts'

type Props = { view: IngestView; node: string; href: (changes: Record<string, string>) => string }

export function BoxRoads({ view: { boxes, troubled }, node, href }: Props) {
  return (
    <section class="stack" aria-labelledby="ingest-boxes">
      <h2 id="ingest-boxes">{t('ingest.boxes')}</h2>
      {node !== '' && (
        <p class="row">
          <strong>{t('ingest.of', { node })}</strong> <a href={href({ node: '' })}>{t('ingest.all')}</a>
        </p>
      )}
      {boxes.length < troubled && <p class="small muted">{t('ingest.boxes-more', { shown: boxes.length, n: troubled })}</p>}
      {boxes.length === 0 ? (
        <p class="muted">{t('ingest.boxes-none')}</p>
      ) : (
        <div class="scroll-x" tabIndex={0} role="region" aria-labelledby="ingest-boxes">
          <table class="box-roads tall-rows">
            <thead>
              <tr>
                <th scope="col">{t('ingest.box')}</th>
                <th scope="col">{t('ingest.heard')}</th>
                <th scope="col" class="number">
                  {t('ingest.lost')}
                </th>
                <th scope="col" class="number">
                  {t('ingest.quarantined')}
                </th>
                <th scope="col" class="number">
                  {t('ingest.waiting')}
                </th>
                <th scope="col">{t('ingest.clock')}</th>
                <th scope="col" class="number">
                  {t('ingest.marks')}
                </th>
              </tr>
            </thead>
            <tbody>
              {boxes.map((box) => (
                <Row key={box.node} box={box} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

function Row({ box }: { box: BoxRoad }) {
  const lang = language.value
  const lost = box.dropped > 0 || box.reported > 0
  const waits = span((box.outboxSeconds ?? 0) * 1_000)
  const refused = number(box.quarantined, lang)
  return (
    <tr>
      <td>
        <a href={`/noc/h/${encodeURIComponent(box.node)}`}>{box.name ?? box.node}</a>
        <br />
        <code class="muted small">{box.node}</code>
        {box.rivalAt !== null && (
          <>
            <br />
            <strong class="tone-down small">
              {t('ingest.rival')}, <Age at={box.rivalAt} />
            </strong>
          </>
        )}
      </td>
      <td>{box.heardAt === null ? t('heard.never') : <Age at={box.heardAt} staleAfter={STALE_MS} />}</td>
      <td class={lost ? 'number tone-down' : 'number'}>
        {number(box.dropped, lang)} / {number(box.reported, lang)}
      </td>
      <td class="number">
        {box.quarantined > 0 && mayBe('admin', 'noc') ? (
          <a href={`/noc/karantina?node=${encodeURIComponent(box.node)}`}>{refused}</a>
        ) : (
          refused
        )}
      </td>
      <td class="number">
        {box.waiting === null ? '–' : number(box.waiting, lang)}
        {box.waiting !== null && box.waiting > 0 && <span class="muted small"> · {t(`span.${waits.unit}`, { n: waits.n })}</span>}
      </td>
      <td>
        <span class={box.clock === 'none' ? 'tone-warn' : ''}>{box.clock === null ? t('clock.unknown') : t.code('clock.', box.clock)}</span>
        {box.skewSeconds !== null && <span class="muted small"> · {t('road.seconds', { n: Math.round(box.skewSeconds) || 0 })}</span>}
      </td>
      <td class="number tabular">
        {number(box.markT, lang)} / {number(box.markE, lang)}
      </td>
    </tr>
  )
}
