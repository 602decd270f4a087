/** What is kept how long and on what grounds, and what the job removed. */
import { number } from '../../platform/ui/format.ts'
import { language } from '../../platform/ui/language.ts'
import { Age } from '../../platform/ui/time.tsx'
import type { IngestView } from '../road/api.ts'
import { t } from './noc-words.ts'

/** The job looks every ten minutes. */
const LOOKED_STALE_MS = 30 * 60_000

export function Retention({ view: { retention } }: { view: IngestView }) {
  const lang = language.value
  return (
    <section class="stack" aria-labelledby="ingest-retention">
      <h2 id="ingest-retention">{t('retention.title')}</h2>
      <p class="small muted">{t('retention.note')}</p>
      <div class="scroll-x" tabIndex={0} role="region" aria-labelledby="ingest-retention">
        <table class="tall-rows">
          <thead>
            <tr>
              <th scope="col">{t('retention.class')}</th>
              <th scope="col">{t('retention.days')}</th>
              <th scope="col">{t('retention.basis')}</th>
              <th scope="col" class="number">
                {t('retention.removed')}
              </th>
              <th scope="col">{t('retention.last')}</th>
              <th scope="col">{t('retention.looked')}</th>
            </tr>
          </thead>
          <tbody>
            {retention.map((row) => (
              <tr key={row.name}>
                <td>{t.code('class.', row.name)}</td>
                <td>{row.days === null ? t('retention.for-ever') : t('span.day', { n: row.days })}</td>
                <td class="why">{t.code('basis.', row.basis)}</td>
                <td class="number">{number(row.removed, lang)}</td>
                <td>
                  {row.removedAt === null ? (
                    <span class="muted">–</span>
                  ) : (
                    <>
                      <Age at={row.removedAt} />
                      <span class="muted small"> · {number(row.tookMs, lang)} ms</span>
                    </>
                  )}
                </td>
                <td>
                  {row.days === null ? (
                    <span class="muted">–</span>
                  ) : row.lookedAt === null ? (
                    <span class="tone-warn">{t('retention.never')}</span>
                  ) : (
                    <Age at={row.lookedAt} staleAfter={LOOKED_STALE_MS} />
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
