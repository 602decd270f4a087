import { formText } from '../../platform/ui/form-text.ts'
import type { PolicyDraft } from '../policy/api.ts'
import { Flag } from './policy-groups.tsx'
import { t } from './noc-words.ts'

type Props = { document: PolicyDraft; changed: (key: string) => 'new' | 'changed' | null; onChange: (document: PolicyDraft) => void }

/** Domains that are open before the login. */
export function Garden({ document, changed, onChange }: Props) {
  const { garden } = document
  const add = (event: SubmitEvent) => {
    event.preventDefault()
    const domain = formText(event)('domain').trim()
    if (domain === '') return
    if (!garden.includes(domain)) onChange({ ...document, garden: [...garden, domain] })
    ;(event.currentTarget as HTMLFormElement).reset()
  }
  return (
    <section class="policy-part" aria-labelledby="garden-title">
      <div class="part-head">
        <div>
          <h2 id="garden-title">{t('garden.title')}</h2>
          <p class="muted">{t('garden.lead')}</p>
        </div>
      </div>
      {garden.length === 0 && <p class="muted small">{t('garden.none')}</p>}
      <ul class="garden">
        {garden.map((domain) => (
          <li key={domain}>
            <code>{domain}</code> <Flag of={changed(domain)} />
            <button
              type="button"
              class="button plain small"
              aria-label={t('policy.remove-label', { name: domain })}
              onClick={() => onChange({ ...document, garden: garden.filter((each) => each !== domain) })}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
      <form class="garden-add" onSubmit={add}>
        <label for="garden-domain" class="unseen">
          {t('garden.domain')}
        </label>
        <input
          id="garden-domain"
          name="domain"
          class="input"
          required
          maxLength={300}
          autoComplete="off"
          placeholder="madiunkota.go.id"
          aria-describedby="garden-hint"
        />
        <button type="submit" class="button">
          {t('policy.add')}
        </button>
        <p class="hint" id="garden-hint">
          {t('garden.hint')}
        </p>
      </form>
    </section>
  )
}
