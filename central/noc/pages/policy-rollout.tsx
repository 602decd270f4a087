/** How far the published rules have come, as the boxes themselves report it. */
import { number } from '../../platform/ui/format.ts'
import { language } from '../../platform/ui/language.ts'
import { Age, Moment } from '../../platform/ui/time.tsx'
import { ROLLOUT_STATES, type RolloutState } from '../policy/rollout-states.ts'
import type { Rollout } from '../policy/api.ts'
import { t } from './noc-words.ts'

export function RolloutBar({ rollout }: { rollout: Rollout }) {
  const { counts, version, rows, versions } = rollout
  const total = ROLLOUT_STATES.reduce((sum, state) => sum + counts[state], 0)
  const lang = language.value
  const line = version === 0 ? t('rollout.zero', { total }) : t('rollout.line', { applied: counts.applied, total })
  const refused = version === 0 ? [] : rows.filter((row) => row.state === 'refused')
  const rest = rows.filter((row) => row.state !== 'refused')
  const others = versions.filter((each) => each.version !== version)
  return (
    <section class="rollout" aria-labelledby="rollout-title">
      <h2 id="rollout-title">{t('rollout.title')}</h2>
      <p class="rollout-line" role="status">
        {line}
      </p>
      <div class="rollout-bar" aria-hidden="true">
        {ROLLOUT_STATES.map(
          (state) => counts[state] > 0 && <span key={state} class={`part ${state}`} style={{ flexGrow: counts[state] }} />,
        )}
      </div>
      <ul class="rollout-legend">
        {ROLLOUT_STATES.filter((state) => counts[state] > 0).map((state) => (
          <li key={state}>
            <span class={`swatch ${state}`} aria-hidden="true" />
            <strong class="tabular">{number(counts[state], lang)}</strong> {t(`rollout.${state}`)}
          </li>
        ))}
      </ul>
      {version !== 0 && others.length > 0 && (
        <p class="small muted">
          {t('rollout.other')}{' '}
          {others.slice(0, 4).map((each, index) => (
            <span key={each.version}>
              {index > 0 && ', '}
              <Version of={each.version} /> ({number(each.boxes, lang)})
            </span>
          ))}
        </p>
      )}
      {refused.length > 0 && <Boxes rows={refused} />}
      {version !== 0 && rest.length > 0 && (
        <details class="rollout-rows">
          <summary>{t('rollout.show', { n: total - counts.applied - counts.refused })}</summary>
          <Boxes rows={rest} />
        </details>
      )}
    </section>
  )
}

/** Those that refuse stand in sight: somebody has to do something about them. */
function Boxes({ rows }: { rows: Rollout['rows'] }) {
  return (
    <ul>
      {rows.map((row) => (
        <li key={row.node} class="rollout-box">
          <span>
            <a href={`/noc/h/${encodeURIComponent(row.node)}`}>{row.name}</a>
            {row.simulated && <span class="sim-tag">{t('simulated-short')}</span>} <span class="muted small">{row.kelurahanName}</span>
          </span>
          <span class={toneOf(row.state)}>{t(`box.${row.state}`)}</span>
          {(row.reason !== null || row.settings !== null) && (
            <p class="small muted">
              {row.reason !== null && <>{row.reason} · </>}
              {row.settings !== null && (
                <>
                  {t('rollout.version')} <Version of={row.settings} />
                </>
              )}
              {row.state === 'refused' && row.at !== null && (
                <>
                  {' '}
                  · <Age at={row.at} />
                </>
              )}
            </p>
          )}
        </li>
      ))}
    </ul>
  )
}

const toneOf = (state: RolloutState) => (state === 'refused' ? 'tone-down' : state === 'behind' ? 'tone-warn' : 'muted')

const Version = ({ of }: { of: number }) => (of === 0 ? <>{t('rollout.provisioned')}</> : <Moment at={of} />)
