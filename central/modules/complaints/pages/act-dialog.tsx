/** The form of one action. What was typed survives a stale answer, a closed dialog and a new sign-in. */
import { useRef, useState } from 'preact/hooks'
import { Dialog } from '../../../platform/ui/dialog.tsx'
import { me } from '../../../platform/ui/me.ts'
import { now } from '../../../platform/ui/now.ts'
import type { ComplaintAct, ComplaintPage } from '../api.ts'
import { type ActionName, send } from './act.ts'
import { draftOf, dropDraft, keepDraft } from './drafts.ts'
import { AnswerFields, ForwardFields, InstructionFields, InstructionSummary, NoteFields, ReasonFields } from './act-fields.tsx'
import { actFrom, firstFields, type Fields } from './act-form.ts'
import { type Change, changesSince } from './stale.ts'
import { StaleNotice } from './stale-notice.tsx'
import { t } from './complaints-words.ts'

type Props = {
  action: ActionName
  value: ComplaintPage
  onDone: (page: ComplaintPage) => void
  onStale: (page: ComplaintPage) => void
  onClose: () => void
}

const mine = () => ({ phrase: t('quick.1'), positions: me.peek()?.positions.map((position) => position.id) ?? [] })

export function ActDialog({ action, value, onDone, onStale, onClose }: Props) {
  const { caseId } = value.row
  const [fields, setFields] = useState<Fields>(() => ({
    ...firstFields(action, value, now.peek(), mine()),
    ...draftOf(caseId, action),
  }))
  const [problem, setProblem] = useState<string | null>(null)
  const [stale, setStale] = useState<Change[] | null>(null)
  const [busy, setBusy] = useState(false)
  // The version that was read when the form opened, even when the page behind it has moved on by itself since.
  const read = useRef(value)
  const possible = value.actions.includes(action)

  const change = (changes: Fields) => {
    const next = { ...fields, ...changes }
    setFields(next)
    keepDraft(caseId, action, next)
  }
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const act: ComplaintAct | null = actFrom(action, fields, read.current.row.version, now.peek())
    if (act === null || busy || !possible) return
    setBusy(true)
    const result = await send(caseId, act)
    setBusy(false)
    if (result.kind === 'done') {
      dropDraft(caseId, action)
      onDone(result.page)
    } else if (result.kind === 'stale') {
      setProblem(null)
      setStale(changesSince(read.current, result.now))
      read.current = result.now
      onStale(result.now)
    } else setProblem(result.words)
  }
  return (
    <Dialog title={t(`act.${action}`)} onClose={onClose} class="sheet-up">
      <form class="stack" onSubmit={(event) => void submit(event)}>
        {stale && <StaleNotice changes={stale} state={value.row.state} possible={possible} />}
        {problem !== null && (
          <p class="notice bad" role="alert">
            {problem}
          </p>
        )}
        <FieldsOf action={action} value={value} fields={fields} change={change} />
        <div class="form-end">
          {action === 'instruksikan' && <InstructionSummary value={value} fields={fields} />}
          <button type="submit" class="button main big" disabled={busy || !possible}>
            {t(action === 'terima' ? 'act.terima' : `act.send-${action}`)}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

export type FieldsProps = { value: ComplaintPage; fields: Fields; change: (changes: Fields) => void }

function FieldsOf({ action, ...props }: FieldsProps & { action: ActionName }) {
  switch (action) {
    case 'teruskan':
      return <ForwardFields {...props} />
    case 'instruksikan':
      return <InstructionFields {...props} />
    case 'jawab':
      return <AnswerFields {...props} />
    case 'kembalikan':
    case 'arsipkan':
      return <ReasonFields {...props} hint={t(action === 'kembalikan' ? 'form.reason-return' : 'form.reason-archive')} />
    case 'selesaikan':
      return <NoteFields {...props} />
    case 'terima':
      return null
  }
}
