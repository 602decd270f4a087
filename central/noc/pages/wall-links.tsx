/** Links for TV screens: made here, shown once, revoked here. */
import './noc.css'
import { useState } from 'preact/hooks'
import { CopyOnce } from '../../platform/ui/copy.tsx'
import { formText } from '../../platform/ui/form-text.ts'
import { usePageTitle } from '../../platform/ui/page-title.ts'
import { post, remove } from '../../platform/ui/request.ts'
import { useResource } from '../../platform/ui/resource.ts'
import { Age, Moment } from '../../platform/ui/time.tsx'
import { failureWords, Loaded } from '../../platform/ui/view.tsx'
import type { WallLink } from '../api.ts'
import { t } from './noc-words.ts'

export function WallLinksPage() {
  usePageTitle(t('walls.title'))
  const links = useResource<WallLink[]>('/api/noc/walls')
  const [made, setMade] = useState<{ name: string; link: string } | null>(null)
  const [problem, setProblem] = useState<string | null>(null)

  const create = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const name = formText(event)('name').trim()
    const answer = await post<{ link: string }>('/api/noc/walls', { name })
    if (!answer.ok) return setProblem(failureWords(answer.code, answer.status))
    setProblem(null)
    setMade({ name, link: answer.value.link })
    form.reset()
    links.reload()
  }
  const revoke = async (id: number) => {
    const answer = await remove(`/api/noc/walls/${id}`)
    if (!answer.ok) setProblem(failureWords(answer.code, answer.status))
    links.reload()
  }

  return (
    <div class="stack narrow">
      <div class="page-head">
        <div>
          <h1>{t('walls.title')}</h1>
          <p class="lead">{t('walls.lead')}</p>
        </div>
      </div>
      {problem !== null && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      <form class="field" onSubmit={(event) => void create(event)}>
        <label for="wall-name">{t('walls.name')}</label>
        <div class="row">
          <input
            id="wall-name"
            name="name"
            class="input grow"
            required
            minLength={2}
            maxLength={60}
            autoComplete="off"
            aria-describedby="wall-hint"
          />
          <button type="submit" class="button main">
            {t('walls.create')}
          </button>
        </div>
        <p class="hint" id="wall-hint">
          {t('walls.name-hint')}
        </p>
      </form>
      {made && (
        <div class="notice good stack" role="status">
          <strong>{t('walls.made', { name: made.name })}</strong>
          <CopyOnce text={made.link} label={t('walls.made', { name: made.name })} />
          <p>{t('walls.once')}</p>
        </div>
      )}
      <Loaded of={links}>{(list) => (list.length === 0 ? <NoWalls /> : <WallTable list={list} revoke={(id) => void revoke(id)} />)}</Loaded>
    </div>
  )
}

const NoWalls = () => (
  <div class="empty">
    <strong>{t('walls.none-title')}</strong>
    {t('walls.none')}
  </div>
)

function WallTable({ list, revoke }: { list: readonly WallLink[]; revoke: (id: number) => void }) {
  return (
    <div class="scroll-x">
      <table class="accounts-table">
        <thead>
          <tr>
            <th scope="col">{t('walls.name')}</th>
            <th scope="col">{t('walls.created')}</th>
            <th scope="col">{t('walls.seen')}</th>
            <th scope="col">
              <span class="unseen">{t('walls.revoke')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {list.map((wall) => (
            <tr key={wall.id}>
              <th scope="row">{wall.name}</th>
              <td>
                <Moment at={wall.createdAt} />
              </td>
              <td>{wall.lastSeenAt === null ? <span class="muted">{t('walls.never')}</span> : <Age at={wall.lastSeenAt} />}</td>
              <td class="number">
                {wall.revokedAt === null ? (
                  <button
                    type="button"
                    class="button danger"
                    aria-label={t('walls.revoke-label', { name: wall.name })}
                    onClick={() => revoke(wall.id)}
                  >
                    {t('walls.revoke')}
                  </button>
                ) : (
                  <span class="muted">
                    {t('walls.revoked')} <Moment at={wall.revokedAt} />
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
