/** Changing one's own password: the present one is asked for, and every other session ends. */
import { useState } from 'preact/hooks'
import type { Me } from '../platform/accounts/api.ts'
import { formText } from '../platform/ui/form-text.ts'
import { me } from '../platform/ui/me.ts'
import { post } from '../platform/ui/request.ts'
import { Field, Problem, type Refused } from './credentials.tsx'
import { t } from './web-words.ts'

export function OwnPassword({ onChanged }: { onChanged: () => void }) {
  const [refused, setRefused] = useState<Refused | null>(null)
  const [busy, setBusy] = useState(false)
  const [shown, setShown] = useState(false)
  const [done, setDone] = useState(false)
  const type = shown ? 'text' : 'password'
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const field = formText(event)
    setBusy(true)
    const answer = await post<Me>('/api/password', { current: field('current'), password: field('password') })
    setBusy(false)
    setDone(answer.ok)
    setRefused(answer.ok ? null : answer)
    if (!answer.ok) return
    form.reset()
    setShown(false)
    onChanged()
  }
  return (
    <section class="sheet own-password" aria-labelledby="own-password">
      <h2 id="own-password">{t('own-password.title')}</h2>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <Problem refused={refused} wrong={t('own-password.wrong')} />
        {/* Not seen, but a password manager learns from it whose password changed. */}
        <input type="text" name="username" autoComplete="username" value={me.value?.username ?? ''} readOnly hidden />
        <Field name="current" type={type} label={t('own-password.current')} autoComplete="current-password" maxLength={256} />
        <Field
          name="password"
          type={type}
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
        <p>
          <button type="submit" class="button main" disabled={busy}>
            {t('own-password.submit')}
          </button>
        </p>
        <p role="status" class={done ? 'notice good' : ''}>
          {done && t('own-password.done')}
        </p>
      </form>
    </section>
  )
}
