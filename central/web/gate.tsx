/** Coming in: by password, or the first time by the admin's one-time code. Paste and password managers are welcome. */
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { kelurahanMap } from '#portal/look/kelurahan-map.ts'
import type { Me } from '../platform/accounts/api.ts'
import { chooseLanguage, language } from '../platform/ui/language.ts'
import { formText } from '../platform/ui/form-text.ts'
import { me } from '../platform/ui/me.ts'
import { post } from '../platform/ui/request.ts'
import { Field, Problem, type Refused } from './credentials.tsx'
import { t } from './web-words.ts'

function Gate({ title, lead, children }: { title: string; lead: string; children: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} · ${t('product')} · ${t('city')}`
  }, [title])
  return (
    <div class="gate">
      <header class="gate-art">
        <svg class="motif" viewBox={kelurahanMap.viewBox} aria-hidden="true">
          {kelurahanMap.areas.map(({ code, path }) => (
            <path key={code} d={path} class={LIT.has(code) ? 'lit' : ''} />
          ))}
        </svg>
        <p>{t('product')}</p>
        <p class="name">{t('city')}</p>
      </header>
      <main class="gate-form">
        <div class="stack">
          <h1>{title}</h1>
          <p class="lead">{lead}</p>
          {children}
          <div class="row small">
            {(['id', 'en'] as const).map((lang) => (
              <button
                key={lang}
                type="button"
                class="chip"
                lang={lang}
                aria-pressed={language.value === lang}
                onClick={() => chooseLanguage(lang)}
              >
                {lang === 'id' ? 'Bahasa Indonesia' : 'English'}
              </button>
            ))}
          </div>
        </div>
      </main>
    </div>
  )
}
/** One lit kelurahan in each kecamatan: decoration. */
const LIT = new Set(['35.77.01.1003', '35.77.02.1006', '35.77.03.1009'])

export function SignInPage({ expired }: { expired: boolean }) {
  const [withCode, setWithCode] = useState(new URLSearchParams(location.search).has('kode'))
  const [refused, setRefused] = useState<Refused | null>(null)
  const [busy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const field = formText(event)
    setBusy(true)
    const answer = withCode
      ? await post<Me>('/api/sign-in/code', { code: field('code').trim() })
      : await post<Me>('/api/sign-in', { username: field('username').trim(), password: field('password') })
    setBusy(false)
    if (answer.ok) me.value = answer.value
    else setRefused(answer)
  }
  const change = () => {
    setWithCode(!withCode)
    setRefused(null)
  }
  return (
    <Gate title={t('sign-in.title')} lead={t('sign-in.lead')}>
      <form class="stack" onSubmit={(event) => void submit(event)} key={String(withCode)}>
        {expired && refused === null && (
          <p class="notice" role="status">
            {t('sign-in.expired')}
          </p>
        )}
        <Problem refused={refused} />
        {withCode ? (
          <Field
            name="code"
            label={t('sign-in.code')}
            hint={t('sign-in.code-hint')}
            autoComplete="one-time-code"
            minLength={4}
            maxLength={64}
            mono
          />
        ) : (
          <>
            <Field name="username" label={t('sign-in.username')} autoComplete="username" maxLength={80} />
            <Field name="password" type="password" label={t('sign-in.password')} autoComplete="current-password" maxLength={256} />
          </>
        )}
        <button type="submit" class="button main big" disabled={busy}>
          {withCode ? t('sign-in.code-submit') : t('sign-in.submit')}
        </button>
        <button type="button" class="button plain" onClick={change}>
          {withCode ? t('sign-in.with-password') : t('sign-in.with-code')}
        </button>
      </form>
    </Gate>
  )
}

/** An invited person's username was given by the admin; the very first admin chooses one. */
const USERNAME = '[a-z0-9][a-z0-9._\\-]{2,39}'

export function SetPasswordPage({ me: known }: { me: Me }) {
  const [refused, setRefused] = useState<Refused | null>(null)
  const [busy, setBusy] = useState(false)
  const [shown, setShown] = useState(false)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const field = formText(event)
    setBusy(true)
    const answer = await post<Me>('/api/password', {
      username: field('username').trim(),
      name: field('name').trim(),
      password: field('password'),
    })
    setBusy(false)
    if (answer.ok) me.value = answer.value
    else setRefused(answer)
  }
  return (
    <Gate title={t('password.title')} lead={t('password.lead')}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <Problem refused={refused} />
        <Field name="name" label={t('password.name')} autoComplete="name" value={known.name} minLength={2} maxLength={80} />
        <Field
          name="username"
          label={t('password.username')}
          hint={t('password.username-hint')}
          autoComplete="username"
          value={known.username}
          pattern={USERNAME}
          maxLength={40}
        />
        <Field
          name="password"
          type={shown ? 'text' : 'password'}
          label={t('password.new')}
          hint={t('password.hint')}
          autoComplete="new-password"
          minLength={8}
          maxLength={256}
        />
        <label class="row">
          <input type="checkbox" checked={shown} onChange={(event) => setShown(event.currentTarget.checked)} />
          {t('password.show')}
        </label>
        <button type="submit" class="button main big" disabled={busy}>
          {t('password.submit')}
        </button>
      </form>
    </Gate>
  )
}
