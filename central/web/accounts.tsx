/** Positions by OPD with who holds them; inviting makes a one-time code that is shown once. */
import { useState } from 'preact/hooks'
import type { Position } from '../platform/accounts/api.ts'
import { CopyOnce } from '../platform/ui/copy.tsx'
import { Dialog } from '../platform/ui/dialog.tsx'
import { formText } from '../platform/ui/form-text.ts'
import { moment } from '../platform/ui/format.ts'
import { language } from '../platform/ui/language.ts'
import { usePageTitle } from '../platform/ui/page-title.ts'
import { useQuery } from '../platform/ui/query.ts'
import { post } from '../platform/ui/request.ts'
import { type Resource, useResource } from '../platform/ui/resource.ts'
import { failureWords, Loaded } from '../platform/ui/view.tsx'
import { t } from './web-words.ts'

export function AccountsPage() {
  usePageTitle(t('accounts.title'))
  const positions = useResource<Position[]>('/api/positions')
  const [inviting, setInviting] = useState<Position | null>(null)
  const { query, set } = useQuery()
  return (
    <div class="stack narrow">
      <div class="page-head">
        <div>
          <h1>{t('accounts.title')}</h1>
          <p class="lead">{t('accounts.lead')}</p>
        </div>
        <input
          type="search"
          class="input"
          aria-label={t('accounts.filter')}
          placeholder={t('accounts.filter')}
          value={query['q'] ?? ''}
          onInput={(event) => set({ q: event.currentTarget.value }, 'typing')}
        />
      </div>
      <Loaded of={positions}>{(list) => <PositionTable list={matching(list, query['q'] ?? '')} invite={setInviting} />}</Loaded>
      {inviting && <InviteDialog position={inviting} positions={positions} onClose={() => setInviting(null)} />}
    </div>
  )
}

function matching(list: readonly Position[], q: string): Position[] {
  const wanted = q.trim().toLowerCase()
  return list.filter((position) =>
    [position.name, position.opd.name, position.opd.short, position.holder?.name ?? ''].join(' ').toLowerCase().includes(wanted),
  )
}

function PositionTable({ list, invite }: { list: readonly Position[]; invite: (position: Position) => void }) {
  if (list.length === 0) return <p class="empty">{t('accounts.empty')}</p>
  const byOpd = [...Map.groupBy(list, (position) => position.opd.id).values()]
  return (
    <div class="scroll-x">
      <table class="accounts-table positions">
        <thead>
          <tr>
            <th scope="col">{t('accounts.position')}</th>
            <th scope="col">{t('accounts.role')}</th>
            <th scope="col">{t('accounts.holder')}</th>
            <th scope="col">
              <span class="unseen">{t('accounts.invite')}</span>
            </th>
          </tr>
        </thead>
        {byOpd.map((positions) => (
          <tbody key={positions[0]!.opd.id}>
            <tr class="opd-row">
              <th colSpan={4} scope="rowgroup">
                {positions[0]!.opd.name}
              </th>
            </tr>
            {positions.map((position) => (
              <tr key={position.id}>
                <td>
                  {position.name}
                  <span class="holder-under small">
                    <Holder position={position} />
                  </span>
                </td>
                <td>{t.code('role.', position.role)}</td>
                <td>
                  <Holder position={position} />
                </td>
                <td class="number">
                  <button
                    type="button"
                    class="button"
                    aria-label={`${inviteWord(position)} ${position.name}`}
                    onClick={() => invite(position)}
                  >
                    {inviteWord(position)}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </div>
  )
}

const inviteWord = ({ holder }: Position) => (holder && !holder.active ? t('accounts.reinvite') : t('accounts.invite'))

function Holder({ position: { holder } }: { position: Position }) {
  if (!holder) return <span class="muted">{t('accounts.vacant')}</span>
  return (
    <>
      {holder.as === 'definitif' ? '' : `${holder.as}. `}
      {holder.name}
      {!holder.active && <span class="muted small"> ({t('accounts.pending')})</span>}
    </>
  )
}

type InviteProps = { position: Position; positions: Resource<Position[]>; onClose: () => void }

function InviteDialog({ position, positions, onClose }: InviteProps) {
  const [made, setMade] = useState<{ name: string; code: string; expiresAt: number } | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const field = formText(event)
    const name = field('name').trim()
    const answer = await post<{ code: string; expiresAt: number }>(`/api/positions/${position.id}/invite`, {
      name,
      username: field('username').trim(),
    })
    if (answer.ok) {
      setMade({ name, ...answer.value })
      positions.reload()
    } else setProblem(answer.code === 'username-taken' ? t('password.username-taken') : failureWords(answer.code, answer.status))
  }
  if (made)
    return (
      <Dialog title={t('accounts.code-title', { name: made.name })} onClose={onClose}>
        <div class="stack">
          <CopyOnce text={made.code} label={t('sign-in.code')} />
          <p class="notice warn">{t('accounts.code-once')}</p>
          <p class="hint">{t('accounts.code-until', { until: moment(made.expiresAt, language.value) })}</p>
        </div>
      </Dialog>
    )
  return (
    <Dialog title={t('accounts.invite-title', { position: position.name })} onClose={onClose}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        {problem !== null && (
          <p class="notice bad" role="alert">
            {problem}
          </p>
        )}
        <div class="field">
          <label for="invite-name">{t('accounts.invite-name')}</label>
          <input
            id="invite-name"
            name="name"
            class="input"
            required
            minLength={2}
            maxLength={80}
            defaultValue={position.holder?.name ?? ''}
            autoComplete="off"
          />
        </div>
        <div class="field">
          <label for="invite-username">{t('sign-in.username')}</label>
          <input
            id="invite-username"
            name="username"
            class="input"
            required
            pattern="[a-z0-9][a-z0-9._\-]{2,39}"
            maxLength={40}
            autoComplete="off"
            autoCapitalize="none"
            aria-describedby="invite-username-hint"
          />
          <p class="hint" id="invite-username-hint">
            {t('password.username-hint')}
          </p>
        </div>
        <button type="submit" class="button main big">
          {t('accounts.invite-submit')}
        </button>
      </form>
    </Dialog>
  )
}
