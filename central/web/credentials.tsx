/** What every form about a password is made of: a field that password managers understand, and a refusal in words. */
import { useEffect, useRef } from 'preact/hooks'
import type { Answered } from '../platform/ui/request.ts'
import { failureWords } from '../platform/ui/view.tsx'
import { t } from './web-words.ts'

export type Refused = Extract<Answered<unknown>, { ok: false }>

/** On a refusal the message is read out and takes the focus, so that a keyboard or a screen reader is led to it. */
export function Problem({ refused, wrong = t('sign-in.wrong-credentials') }: { refused: Refused | null; wrong?: string }) {
  const ref = useRef<HTMLDivElement>(null)
  useEffect(() => ref.current?.focus(), [refused])
  if (!refused) return null
  const words =
    refused.code === 'too-often'
      ? t('sign-in.too-often', { n: refused.retryAfter ?? 60 })
      : refused.code === 'weak-password'
        ? t('password.weak-password', { why: refused.why ?? '' })
        : refused.code === 'username-taken'
          ? t('password.username-taken')
          : refused.code === 'wrong-credentials'
            ? wrong
            : refused.code === 'wrong-code'
              ? t('sign-in.wrong-code')
              : failureWords(refused.code, refused.status)
  return (
    <div class="notice bad" role="alert" tabIndex={-1} ref={ref}>
      {words}
    </div>
  )
}

type FieldProps = {
  name: string
  label: string
  hint?: string
  type?: 'text' | 'password'
  autoComplete: string
  value?: string
  minLength?: number
  maxLength: number
  pattern?: string
  mono?: boolean
}

export function Field({ name, label, hint, type = 'text', autoComplete, value, minLength, maxLength, pattern, mono }: FieldProps) {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        {...(type === 'password' ? { type: 'password' as const } : { type: 'text' as const })}
        class={mono ? 'input big mono' : 'input big'}
        autoComplete={autoComplete as 'off'}
        autoCapitalize="none"
        spellcheck={false}
        required
        defaultValue={value ?? ''}
        maxLength={maxLength}
        {...(minLength === undefined ? {} : { minLength })}
        {...(pattern === undefined ? {} : { pattern })}
        {...(hint === undefined ? {} : { 'aria-describedby': `${name}-hint` })}
      />
      {hint && (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}
