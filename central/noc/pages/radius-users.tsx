/** The people who log in by RADIUS: found, added, changed, disabled; a password is seen once, when central made it. */
import { useRef, useState } from 'preact/hooks'
import { Dialog } from '../../platform/ui/dialog.tsx'
import { dateWithYear } from '../../platform/ui/format.ts'
import { useKeys } from '../../platform/ui/keys.ts'
import { language } from '../../platform/ui/language.ts'
import { now } from '../../platform/ui/now.ts'
import { changed, useQuery } from '../../platform/ui/query.ts'
import { useResource } from '../../platform/ui/resource.ts'
import { Loaded } from '../../platform/ui/view.tsx'
import type { RadiusBoxes, RadiusUserRow, RadiusUsers } from '../radius/api.ts'
import { t } from './noc-words.ts'
import { RadiusHead } from './radius-head.tsx'
import { ImportUsers } from './radius-import.tsx'
import { Spread } from './radius-points.tsx'
import { UserForm } from './radius-user-form.tsx'

const STATES = ['active', 'disabled', 'expired'] as const

export function RadiusUsersPage() {
  const { query } = useQuery()
  const { q = '', state = '' } = query
  const list = useResource<RadiusUsers>(`/api/noc/radius/users${changed({}, { q, state })}`)
  const boxes = useResource<RadiusBoxes>('/api/noc/radius/boxes')
  const reload = () => {
    list.reload()
    boxes.reload()
  }
  return (
    <div class="stack">
      <RadiusHead page="users" />
      <Loaded of={list}>{(value) => <People list={value} boxes={boxes.value} reload={reload} />}</Loaded>
    </div>
  )
}

type Open = 'add' | 'import' | RadiusUserRow | null

function People({ list, boxes, reload }: { list: RadiusUsers; boxes: RadiusBoxes | null; reload: () => void }) {
  const { query, href, set } = useQuery()
  const [open, setOpen] = useState<Open>(null)
  const [said, setSaid] = useState<string | null>(null)
  const search = useRef<HTMLInputElement>(null)
  useKeys({ '/': () => search.current?.focus() })
  const done = (words: string) => {
    setOpen(null)
    setSaid(words)
    reload()
  }
  const state = query['state'] ?? ''
  return (
    <>
      <div class="row">
        <button type="button" class="button main" onClick={() => setOpen('add')}>
          {t('radius-users.add')}
        </button>
        <button type="button" class="button" onClick={() => setOpen('import')}>
          {t('radius-users.import')}
        </button>
        <a href="/noc/aturan#vouchers-title">{t('radius-users.vouchers', { n: list.voucherBatches })}</a>
      </div>
      <p role="status" class={said === null ? '' : 'notice good'}>
        {said}
      </p>
      {boxes && list.count > 0 && <Spread boxes={boxes} />}
      {boxes && list.count > 0 && boxes.boxes.length === 0 && <p class="notice warn">{t('radius-users.no-box')}</p>}
      {list.count > 0 && (
        <div class="radius-filters">
          <input
            ref={search}
            type="search"
            class="input grow"
            aria-label={t('radius-users.search')}
            placeholder={t('radius-users.search')}
            maxLength={80}
            value={query['q'] ?? ''}
            onInput={(event) => set({ q: event.currentTarget.value }, 'typing')}
          />
          <div class="chips" role="group" aria-label={t('radius-users.state')}>
            <a class="chip" href={href({ state: '' })} aria-current={state === '' ? 'true' : undefined}>
              {t('radius-users.all')}
            </a>
            {STATES.map((each) => (
              <a key={each} class="chip" href={href({ state: each })} aria-current={state === each ? 'true' : undefined}>
                {t(`radius-users.${each}`)}
              </a>
            ))}
          </div>
        </div>
      )}
      {list.users.length === 0 ? (
        <div class="empty">
          <strong>{t(list.count === 0 ? 'radius-users.none-title' : 'radius-users.nobody-title')}</strong>
          {list.count === 0 ? t('radius-users.none') : <a href={href({ q: '', state: '' })}>{t('radius-users.clear')}</a>}
        </div>
      ) : (
        <UserTable list={list} open={setOpen} />
      )}
      {open === 'import' && <ImportUsers onClose={() => (setOpen(null), reload())} />}
      {open !== null && open !== 'import' && (
        <Dialog
          title={open === 'add' ? t('radius-users.add') : t('radius-users.change', { name: open.name })}
          onClose={() => (setOpen(null), reload())}
          class="sheet-up wide-dialog"
        >
          <UserForm user={open === 'add' ? null : open} groups={list.groups} onDone={done} />
        </Dialog>
      )}
    </>
  )
}

function UserTable({ list, open }: { list: RadiusUsers; open: (user: RadiusUserRow) => void }) {
  return (
    <>
      <p class="small muted" role="status">
        {t('radius-users.count', { n: list.total })}
        {list.total > list.users.length && <> · {t('radius-users.first', { n: list.users.length })}</>}
      </p>
      <div class="scroll-x" tabIndex={0} role="region" aria-label={t('radius-title.users')}>
        <table class="radius-table">
          <thead>
            <tr>
              <th scope="col">{t('radius-users.name')}</th>
              <th scope="col">{t('radius-users.state')}</th>
              <th scope="col">{t('radius-users.group')}</th>
              <th scope="col">{t('radius-users.until')}</th>
              <th scope="col">{t('radius-users.length')}</th>
              <th scope="col">
                <span class="unseen">{t('policy.edit')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {list.users.map((user) => (
              <tr key={user.id}>
                <th scope="row">{user.name}</th>
                <td>
                  <StateOf user={user} />
                </td>
                <td>{user.group ?? <span class="muted">{t('radius-users.no-group')}</span>}</td>
                <td>{user.until === null ? t('radius-users.always') : dateWithYear(user.until, language.value)}</td>
                <td>
                  {user.sessionSeconds === null
                    ? t('radius-users.by-group')
                    : t('radius-users.minutes', { n: Math.round(user.sessionSeconds / 60) })}
                </td>
                <td class="number">
                  <button
                    type="button"
                    class="button small"
                    aria-label={t('policy.edit-label', { name: user.name })}
                    onClick={() => open(user)}
                  >
                    {t('policy.edit')}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

function StateOf({ user }: { user: RadiusUserRow }) {
  const expired = user.until !== null && user.until <= now.value
  const state = user.disabledAt !== null ? 'disabled' : expired ? 'expired' : 'active'
  return (
    <>
      <span class={state === 'active' ? 'tone-up' : state === 'expired' ? 'tone-warn' : 'tone-muted'}>{t(`radius-state-of.${state}`)}</span>
      {user.recoverable && <span class="small tone-warn"> · {t('radius-users.weak')}</span>}
    </>
  )
}
