import { t } from './web-words.ts'

export function Missing() {
  return (
    <div class="stack narrow">
      <h1>{t('missing.title')}</h1>
      <p class="lead">{t('missing.lead')}</p>
      <p>
        <a href="/">{t('missing.home')}</a>
      </p>
    </div>
  )
}
