import { useId, useState } from 'preact/hooks'
import { day, clock, wibDateValue } from '../../../platform/ui/format.ts'
import { language } from '../../../platform/ui/language.ts'
import { now } from '../../../platform/ui/now.ts'
import { upload } from '../../../platform/ui/request.ts'
import type { FieldsProps } from './act-dialog.tsx'
import { DUE_CHOICES, dueOf } from './act-form.ts'
import { photoAddress } from './photo.ts'
import { t } from './complaints-words.ts'

export function ForwardFields({ value, fields, change }: FieldsProps) {
  const id = useId()
  return (
    <>
      <div class="field">
        <label for={`${id}opd`}>{t('form.opd')}</label>
        <select
          id={`${id}opd`}
          class="input big"
          required
          value={fields['opdId'] ?? ''}
          onChange={(event) => change({ opdId: event.currentTarget.value })}
        >
          {value.opds.map((opd) => (
            <option key={opd.id} value={String(opd.id)}>
              {opd.id === value.suggestedOpd?.id ? t('form.opd-suggested', { name: opd.name }) : opd.name}
            </option>
          ))}
        </select>
      </div>
      <NoteFields value={value} fields={fields} change={change} />
    </>
  )
}

export function NoteFields({ fields, change }: FieldsProps) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{t('form.note')}</label>
      <textarea
        id={id}
        class="input"
        maxLength={1000}
        value={fields['note'] ?? ''}
        onInput={(event) => change({ note: event.currentTarget.value })}
      />
    </div>
  )
}

export function ReasonFields({ fields, change, hint }: FieldsProps & { hint: string }) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{t('form.reason')}</label>
      <textarea
        id={id}
        class="input"
        required
        minLength={3}
        maxLength={1000}
        aria-describedby={`${id}hint`}
        value={fields['text'] ?? ''}
        onInput={(event) => change({ text: event.currentTarget.value })}
      />
      <p class="hint" id={`${id}hint`}>
        {hint}
      </p>
    </div>
  )
}

export function InstructionFields({ value, fields, change }: FieldsProps) {
  const id = useId()
  const phrases = [t('quick.1'), t('quick.2'), t('quick.3')]
  const text = fields['text'] ?? ''
  return (
    <>
      <div class="field">
        <label for={`${id}text`}>{t('form.instruction')}</label>
        <textarea
          id={`${id}text`}
          class="input short"
          required
          minLength={3}
          maxLength={1000}
          value={text}
          onInput={(event) => change({ text: event.currentTarget.value })}
        />
      </div>
      <div class="phrases" role="group" aria-label={t('form.quick')}>
        {phrases.map((phrase) => (
          <button key={phrase} type="button" class="button phrase" aria-pressed={text === phrase} onClick={() => change({ text: phrase })}>
            {phrase}
          </button>
        ))}
      </div>
      <fieldset class="field">
        <legend>{t('form.to')}</legend>
        {value.staff.length === 0 && <p class="notice warn">{t('form.no-staff')}</p>}
        {value.staff.map((staff) => (
          <div class="pick" key={staff.positionId}>
            <input
              type="radio"
              id={`${id}to${staff.positionId}`}
              name={`${id}to`}
              required
              checked={fields['toPositionId'] === String(staff.positionId)}
              onChange={() => change({ toPositionId: String(staff.positionId) })}
            />
            <label for={`${id}to${staff.positionId}`}>
              <strong>{staff.holder || t('form.vacant')}</strong> <span class="muted">{staff.name}</span>
            </label>
          </div>
        ))}
      </fieldset>
      <fieldset class="field">
        <legend>{t('form.due')}</legend>
        <div class="row">
          {DUE_CHOICES.map((choice) => (
            <button key={choice} type="button" class="chip" aria-pressed={fields['due'] === choice} onClick={() => change({ due: choice })}>
              {t(choice === 'date' ? 'form.due-date' : `form.due-${choice}`)}
            </button>
          ))}
        </div>
        {fields['due'] === 'date' && (
          <input
            type="date"
            class="input"
            aria-label={t('form.due-date')}
            required
            min={wibDateValue(now.value)}
            value={fields['date'] ?? ''}
            onInput={(event) => change({ date: event.currentTarget.value })}
          />
        )}
      </fieldset>
    </>
  )
}

/** Said above the button, so that two taps send nothing unread. */
export function InstructionSummary({ value, fields }: Omit<FieldsProps, 'change'>) {
  const due = dueOf(fields, now.value)
  const staff = value.staff.find((each) => String(each.positionId) === fields['toPositionId'])
  if (due === null || !staff) return null
  const at = `${day(due, language.value)}, ${clock(due, language.value)} WIB`
  return <p class="hint">{t('form.summary', { to: staff.holder || staff.name, at })}</p>
}

const PHOTO_OCTETS_MAX = 10 * 1_024 * 1_024

export function AnswerFields({ fields, change }: FieldsProps) {
  const id = useId()
  return (
    <>
      <div class="field">
        <label for={`${id}text`}>{t('form.answer')}</label>
        <textarea
          id={`${id}text`}
          class="input"
          rows={6}
          required
          minLength={3}
          maxLength={4000}
          aria-describedby={`${id}hint`}
          value={fields['text'] ?? ''}
          onInput={(event) => change({ text: event.currentTarget.value })}
        />
        <p class="hint" id={`${id}hint`}>
          {t('form.answer-hint')}
        </p>
      </div>
      <PhotoField sha256={fields['photo'] ?? ''} change={(photo) => change({ photo })} />
    </>
  )
}

function PhotoField({ sha256, change }: { sha256: string; change: (sha256: string) => void }) {
  const id = useId()
  const [said, setSaid] = useState('')
  const address = photoAddress(sha256)
  const choose = async (input: HTMLInputElement) => {
    const file = input.files?.[0]
    if (!file) return
    if (file.size > PHOTO_OCTETS_MAX) return setSaid(t('form.photo-too-large'))
    setSaid(t('form.photo-sending'))
    const answer = await upload<{ sha256: string }>('/api/files', 'file', file)
    if (!answer.ok) return setSaid(answer.status === 413 ? t('form.photo-too-large') : t('form.photo-bad', { code: answer.code }))
    setSaid(t('form.photo-ready'))
    change(answer.value.sha256)
  }
  return (
    <div class="field">
      {/* The browser's own button speaks the browser's language, so ours stands in for it; the input keeps keyboard and focus. */}
      <input
        id={id}
        type="file"
        class="photo-input"
        accept="image/jpeg,image/png,image/webp"
        onChange={(event) => void choose(event.currentTarget)}
      />
      <label for={id} class="button">
        {t('form.photo')}
      </label>
      <p class="hint" role="status">
        {said || t('form.photo-hint')}
      </p>
      {address !== null && (
        <>
          <img class="answer-photo" src={address} alt={t('case.photo')} />
          <button type="button" class="button plain" onClick={() => (change(''), setSaid(''))}>
            {t('form.photo-remove')}
          </button>
        </>
      )}
    </div>
  )
}
