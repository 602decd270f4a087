/** What a screen shows while it has nothing yet, or could not get it. */
import type { ComponentChildren } from 'preact'
import type { Resource } from './resource.ts'
import { ui } from './ui-words.ts'

const KNOWN = new Set(['unreachable', 'not-found', 'not-allowed', 'set-password', 'too-often'])

export function failureWords(code: string, status: number): string {
  const known = KNOWN.has(code) ? code : status === 404 ? 'not-found' : status === 403 ? 'not-allowed' : null
  return known === null ? ui('failure.other', { code }) : ui.code('failure.', known)
}

export function Loaded<T>({ of, children }: { of: Resource<T>; children: (value: T) => ComponentChildren }) {
  if (of.value !== null)
    return (
      <>
        {of.failure && of.failure.status !== 0 && <Failure code={of.failure.code} status={of.failure.status} retry={of.reload} />}
        {children(of.value)}
      </>
    )
  if (of.failure) return <Failure code={of.failure.code} status={of.failure.status} retry={of.reload} />
  return (
    <p class="empty" role="status">
      {ui('load.wait')}
    </p>
  )
}

function Failure({ code, status, retry }: { code: string; status: number; retry?: () => void }) {
  return (
    <div class="notice bad" role="alert">
      <p>{failureWords(code, status)}</p>
      {retry && status !== 404 && status !== 403 && (
        <button type="button" class="button plain" onClick={retry}>
          {ui('load.again')}
        </button>
      )}
    </div>
  )
}
