/** One person: added with a password typed or made, changed, disabled, removed. What is wrong is said in the reader's language. */
import { useState } from 'preact/hooks'
import { CopyOnce } from '../../platform/ui/copy.tsx'
import { wibDate, wibDateValue } from '../../platform/ui/format.ts'
import { formText } from '../../platform/ui/form-text.ts'
import { post, put, remove } from '../../platform/ui/request.ts'
import { ui } from '../../platform/ui/ui-words.ts'
import { failureWords } from '../../platform/ui/view.tsx'
import type { AddedUsers, ChangeUser, NewUser, RadiusUserRow, RadiusUsers } from '../radius/api.ts'
import { Field } from './policy-form.tsx'
import { t } from './noc-words.ts'

type Props = { user: RadiusUserRow | null; groups: RadiusUsers['groups']; onDone: (words: string) => void }
const MINUTES_MAX = 10_080

export function UserForm({ user, groups, onDone }: Props) {
  const [problem, setProblem] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const [weak, setWeak] = useState(user?.recoverable ?? false)
  const [made, setMade] = useState<{ name: string; password: string } | null>(null)
  const [removing, setRemoving] = useState(false)

  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const read = readForm(formText(event), weak, user)
    if (busy || 'problem' in read) return setProblem('problem' in read ? t(`radius-problem.${read.problem}`) : null)
    setBusy(true)
    setProblem(await (user ? save(user, read) : add(read)))
    setBusy(false)
  }
  const add = async ({ name, password, facts }: Read): Promise<string | null> => {
    const row: NewUser = { name, ...facts, ...(password !== '' && { password }) }
    const answer = await post<AddedUsers>('/api/noc/radius/users', { users: [row] })
    if (!answer.ok) return failureWords(answer.code, answer.status)
    const [result] = answer.value.results
    if (!result?.ok) return t.code('radius-problem.', result?.problem ?? '')
    if (result.password === undefined) onDone(t('radius-users.added', { name: result.name }))
    else setMade({ name: result.name, password: result.password })
    return null
  }
  const save = async ({ id, name, disabledAt }: RadiusUserRow, { password, facts, disabled }: Read): Promise<string | null> => {
    const change: ChangeUser = { ...facts, disabled: disabled ?? disabledAt !== null, ...(password !== '' && { password }) }
    const answer = await put(`/api/noc/radius/users/${id}`, change)
    if (answer.ok) onDone(t('radius-users.saved', { name }))
    return answer.ok ? null : wordsOf(answer)
  }
  const removeUser = async () => {
    const answer = await remove(`/api/noc/radius/users/${user!.id}`)
    if (answer.ok || answer.status === 404) onDone(t('radius-users.removed', { name: user!.name }))
    else setProblem(wordsOf(answer))
  }

  if (made)
    return (
      <div class="stack">
        <div class="notice good stack" role="status">
          <strong>{t('radius-users.added', { name: made.name })}</strong>
          <CopyOnce text={made.password} label={t('radius-users.password-of', { name: made.name })} />
          <p>{t('radius-users.once')}</p>
        </div>
        <button type="button" class="button main" onClick={() => onDone(t('radius-users.added', { name: made.name }))}>
          {ui('close')}
        </button>
      </div>
    )
  return (
    <form class="stack" noValidate onSubmit={(event) => void submit(event)}>
      {user === null && (
        <Field label={t('radius-users.name')} hint={t('radius-users.name-hint')}>
          {(id, hint) => (
            <input id={id} name="name" class="input" maxLength={63} autoComplete="off" autoCapitalize="none" aria-describedby={hint} />
          )}
        </Field>
      )}
      <Field
        label={t(user ? 'radius-users.new-password' : 'radius-users.password')}
        hint={t(user ? 'radius-users.new-password-hint' : 'radius-users.password-hint')}
      >
        {(id, hint) => (
          <input id={id} name="password" type="password" class="input" maxLength={64} autoComplete="new-password" aria-describedby={hint} />
        )}
      </Field>
      <Conditions user={user} groups={groups} />
      <fieldset class="field">
        <legend>{t('radius-users.methods')}</legend>
        <label class="pick">
          <input type="checkbox" checked={weak} onChange={(event) => setWeak(event.currentTarget.checked)} />{' '}
          {t('radius-users.recoverable')}
        </label>
        {weak && <p class="notice warn">{t('radius-users.recoverable-warning')}</p>}
      </fieldset>
      {user && (
        <label class="pick">
          <input type="checkbox" name="disabled" value="yes" defaultChecked={user.disabledAt !== null} /> {t('radius-users.disable')}
        </label>
      )}
      {problem !== null && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      <div class="form-buttons">
        <button type="submit" class="button main big" disabled={busy}>
          {t(user ? 'radius-users.save' : 'radius-users.submit')}
        </button>
        {user && !removing && (
          <button type="button" class="button danger big" onClick={() => setRemoving(true)}>
            {t('radius-users.remove')}
          </button>
        )}
        {user && removing && (
          <>
            <p class="hint" role="status">
              {t('radius-users.remove-sure', { name: user.name })}
            </p>
            <button type="button" class="button danger big" onClick={() => void removeUser()}>
              {t('radius-users.remove-yes')}
            </button>
          </>
        )}
      </div>
    </form>
  )
}

function Conditions({ user, groups }: Pick<Props, 'user' | 'groups'>) {
  // A group that the rules no longer have stays chosen until somebody chooses another.
  const names = [...new Set([...(user?.group ? [user.group] : []), ...groups.map(({ name }) => name)])]
  return (
    <div class="form-grid named">
      <Field label={t('radius-users.group')} hint={t('radius-users.group-hint')}>
        {(id, hint) => (
          <select id={id} name="group" class="input" aria-describedby={hint} defaultValue={user?.group ?? ''}>
            <option value="">{t('radius-users.no-group')}</option>
            {names.map((name) => (
              <option key={name} value={name} selected={name === user?.group}>
                {name}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={t('radius-users.until-field')} hint={t('radius-users.until-hint')}>
        {(id, hint) => (
          <input
            id={id}
            name="until"
            type="date"
            class="input"
            aria-describedby={hint}
            defaultValue={user?.until ? wibDateValue(user.until) : ''}
          />
        )}
      </Field>
      <Field label={t('radius-users.minutes-field')} hint={t('radius-users.minutes-hint')}>
        {(id, hint) => (
          <input
            id={id}
            name="minutes"
            inputMode="numeric"
            class="input tabular"
            aria-describedby={hint}
            defaultValue={user?.sessionSeconds ? String(Math.round(user.sessionSeconds / 60)) : ''}
          />
        )}
      </Field>
    </div>
  )
}

type Read = {
  name: string
  password: string
  facts: Pick<NewUser, 'group' | 'until' | 'sessionSeconds' | 'recoverable'>
  disabled: boolean | undefined
}

function readForm(
  text: (name: string) => string,
  recoverable: boolean,
  user: RadiusUserRow | null,
): Read | { problem: 'name' | 'date' | 'minutes' } {
  const name = text('name').trim()
  if (user === null && name === '') return { problem: 'name' }
  const [day, minutes] = [text('until'), text('minutes').trim()]
  const end = day === '' ? null : wibDate(day, 24)
  if (day !== '' && end === null) return { problem: 'date' }
  if (minutes !== '' && !(/^\d{1,5}$/.test(minutes) && Number(minutes) >= 1 && Number(minutes) <= MINUTES_MAX))
    return { problem: 'minutes' }
  // The same day again is the same end, to the millisecond.
  const kept = user?.until && wibDateValue(user.until) === day ? user.until : null
  const facts = {
    group: text('group') || null,
    until: kept ?? (end === null ? null : end - 1),
    sessionSeconds: minutes === '' ? null : Number(minutes) * 60,
    recoverable,
  }
  return { name, password: text('password'), facts, disabled: user === null ? undefined : text('disabled') === 'yes' }
}

const wordsOf = ({ code, status }: { code: string; status: number }): string =>
  status === 422 ? t.code('radius-problem.', code) : failureWords(code, status)
