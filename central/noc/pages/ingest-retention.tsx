/** What is kept how long and on what grounds, and what the job removed. */
import { dateWithYear, number } from '../../platform/ui/format.ts'
import { language } from '../../platform/ui/language.ts'
import { useState } from 'preact/hooks'
import { mayBe } from '../../platform/ui/me.ts'
import { post } from '../../platform/ui/request.ts'
import { Age } from '../../platform/ui/time.tsx'
import type { IngestView } from '../road/api.ts'
import { t } from './noc-words.ts'

/** The job looks every ten minutes. */
const LOOKED_STALE_MS = 30 * 60_000

type Props = { view: IngestView; reload: () => void }

export function Retention({ view: { at, retention, retentionHeld }, reload }: Props) {
  const lang = language.value
  return (
    <section class="stack" aria-labelledby="ingest-retention">
      <h2 id="ingest-retention">{t('retention.title')}</h2>
      <p class="small muted">{t('retention.note')}</p>
      {retentionHeld && <Held at={at} held={retentionHeld} reload={reload} />}
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

/** Whoever says that the clock is right says it of the time shown here. */
function Held({ at, held, reload }: { at: number; held: NonNullable<IngestView['retentionHeld']>; reload: () => void }) {
  const lang = language.value
  const [failed, setFailed] = useState(false)
  const trust = async () => {
    const answer = await post('/api/noc/retention/clock', {})
    setFailed(!answer.ok)
    reload()
  }
  return (
    <div class="notice bad stack" role="alert">
      <p>
        <strong>{t('retention.held')}</strong> {t('retention.held-now')} {dateWithYear(at, lang)}, {t('retention.held-last')}{' '}
        {dateWithYear(held.lastAt, lang)}. {t('retention.held-boxes', { agree: held.agree, differ: held.differ })}
      </p>
      <p>{t('retention.held-do')}</p>
      {mayBe('admin', 'noc') && (
        <p>
          <button type="button" class="button" onClick={() => void trust()}>
            {t('retention.trust')}
          </button>
        </p>
      )}
      {failed && <p>{t('retention.trust-failed')}</p>}
    </div>
  )
}
