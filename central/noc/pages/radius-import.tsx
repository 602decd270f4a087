/** A list of people by paste: read here, taken in slices, each row answered by itself. */
import { useState } from 'preact/hooks'
import { Dialog } from '../../platform/ui/dialog.tsx'
import { post } from '../../platform/ui/request.ts'
import { ui } from '../../platform/ui/ui-words.ts'
import { failureWords } from '../../platform/ui/view.tsx'
import type { AddedUsers } from '../radius/api.ts'
import { USERS_PER_REQUEST_MAX } from '../radius/screen-words.ts'
import { Field } from './policy-form.tsx'
import { t } from './noc-words.ts'
import { readPasted, ROWS_MAX, type CsvRow } from './radius-csv.ts'

type Outcome = { line: number; name: string; ok: boolean; words: string; password?: string | undefined }

export function ImportUsers({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('')
  const [outcomes, setOutcomes] = useState<Outcome[] | null>(null)
  const [left, setLeft] = useState(0)
  const rows = readPasted(text)
  const tooMany = rows.length > ROWS_MAX
  const good = rows.filter((row) => row.ok)

  const send = async (event: SubmitEvent) => {
    event.preventDefault()
    const told: Outcome[] = rows.filter((row) => !row.ok).map(refusedHere)
    setOutcomes(told)
    for (let i = 0; i < good.length; i += USERS_PER_REQUEST_MAX) {
      setLeft(good.length - i)
      const slice = good.slice(i, i + USERS_PER_REQUEST_MAX)
      told.push(...(await addSlice(slice)))
      setOutcomes([...told].sort((a, b) => a.line - b.line))
    }
    setLeft(0)
  }

  return (
    <Dialog title={t('radius-users.import')} onClose={onClose} class="sheet-up wide-dialog">
      {outcomes === null ? (
        <form class="stack" noValidate onSubmit={(event) => void send(event)}>
          <Field label={t('radius-import.rows')} hint={t('radius-import.hint')}>
            {(id, hint) => (
              <textarea
                id={id}
                class="input pasted"
                spellcheck={false}
                autoComplete="off"
                aria-describedby={hint}
                placeholder={'nama;kata sandi;kelompok;sampai\nbudi;;staf;2027-06-30'}
                value={text}
                onInput={(event) => setText(event.currentTarget.value)}
              />
            )}
          </Field>
          <p role="status">
            {tooMany
              ? t('radius-import.too-many', { n: ROWS_MAX })
              : t('radius-import.ready', { n: good.length, wrong: rows.length - good.length })}
          </p>
          {!tooMany && <Mistakes rows={rows} />}
          <button type="submit" class="button main big" disabled={good.length === 0 || tooMany}>
            {t('radius-import.submit', { n: good.length })}
          </button>
        </form>
      ) : (
        <div class="stack">
          <p role="status" class={left > 0 ? 'notice' : 'notice good'}>
            {left > 0
              ? t('radius-import.working', { n: left })
              : t('radius-import.done', { n: outcomes.filter(({ ok }) => ok).length, wrong: outcomes.filter(({ ok }) => !ok).length })}
          </p>
          {outcomes.some(({ password }) => password !== undefined) && <p>{t('radius-import.once')}</p>}
          <OutcomeTable outcomes={outcomes} />
          <button type="button" class="button main" disabled={left > 0} onClick={onClose}>
            {ui('close')}
          </button>
        </div>
      )}
    </Dialog>
  )
}

async function addSlice(slice: readonly (CsvRow & { ok: true })[]): Promise<Outcome[]> {
  const answer = await post<AddedUsers>('/api/noc/radius/users', { users: slice.map(({ user }) => user) })
  return slice.map(({ line, name }, i) => {
    if (!answer.ok)
      return { line, name, ok: false, words: answer.status === 400 ? t('radius-problem.row') : failureWords(answer.code, answer.status) }
    const result = answer.value.results[i]
    if (!result?.ok) return { line, name, ok: false, words: t.code('radius-problem.', result?.problem ?? '') }
    return { line, name, ok: true, words: t('radius-import.taken'), password: result.password }
  })
}

const refusedHere = (row: CsvRow): Outcome => ({
  line: row.line,
  name: row.name,
  ok: false,
  words: row.ok ? '' : t(`radius-problem.${row.problem}`),
})

const MISTAKES_SHOWN = 20

function Mistakes({ rows }: { rows: readonly CsvRow[] }) {
  const wrong = rows.filter((row) => !row.ok)
  if (wrong.length === 0) return null
  return (
    <ul class="problems">
      {wrong.slice(0, MISTAKES_SHOWN).map((row) => (
        <li key={row.line}>
          {t('radius-import.line', { line: row.line, name: row.name })}: {refusedHere(row).words}
        </li>
      ))}
    </ul>
  )
}

function OutcomeTable({ outcomes }: { outcomes: readonly Outcome[] }) {
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label={t('radius-import.outcome')}>
      <table class="radius-table">
        <thead>
          <tr>
            <th scope="col" class="number">
              {t('radius-import.number')}
            </th>
            <th scope="col">{t('radius-users.name')}</th>
            <th scope="col">{t('radius-import.outcome')}</th>
            <th scope="col">{t('radius-users.password')}</th>
          </tr>
        </thead>
        <tbody>
          {outcomes.map(({ line, name, ok, words, password }) => (
            <tr key={line}>
              <td class="number">{line}</td>
              <th scope="row">{name}</th>
              <td class={ok ? 'tone-up wrap' : 'tone-down wrap'}>{words}</td>
              <td>{password === undefined ? '–' : <code>{password}</code>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
