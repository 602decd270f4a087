/** Schedules as sentences, each with its week as a picture: seven days of twenty-four hours. */
import { useState } from 'preact/hooks'
import { Dialog } from '../../platform/ui/dialog.tsx'
import { DAY, wibDateValue } from '../../platform/ui/format.ts'
import { now } from '../../platform/ui/now.ts'
import type { PolicyDraft } from '../policy/api.ts'
import type { Entry } from '../policy/changes.ts'
import { stretches } from '../policy/week.ts'
import { EditButton, Field, FormButtons, isPlaceChosen, PlaceField, useFacts } from './policy-form.tsx'
import { Flag } from './policy-groups.tsx'
import { dayName, scheduleText, whereText } from './policy-text.ts'
import { t } from './noc-words.ts'

type Schedule = Entry<'schedules'>
type Props = { document: PolicyDraft; changed: (key: string) => 'new' | 'changed' | null; onChange: (document: PolicyDraft) => void }

const DAYS = [1, 2, 3, 4, 5, 6, 7] as const
const MONTH = 30 * DAY

export function Schedules({ document, changed, onChange }: Props) {
  const facts = useFacts()
  const [editing, setEditing] = useState<string | null>(null)
  const { schedules } = document
  const schedule = editing === null ? undefined : schedules.find(({ id }) => id === editing)
  const keep = (next: Schedule[]) => {
    onChange({ ...document, schedules: next })
    setEditing(null)
  }
  const today = wibDateValue(now.value)
  return (
    <section class="policy-part" aria-labelledby="schedules-title">
      <div class="part-head">
        <div>
          <h2 id="schedules-title">{t('schedules.title')}</h2>
          <p class="muted">{t('schedules.lead')}</p>
        </div>
        <button type="button" class="button" onClick={() => setEditing('')}>
          {t('schedules.add')}
        </button>
      </div>
      {schedules.length === 0 && <p class="muted">{t('schedules.none')}</p>}
      <ul class="schedules">
        {schedules.map((each) => (
          <li key={each.id} class={each.endsOn < today ? 'schedule gone' : 'schedule'}>
            <div class="schedule-words">
              <h3>
                {each.id} <Flag of={changed(each.id)} />
              </h3>
              <p>{scheduleText(each)}</p>
              <p class="small muted">
                {whereText(each.where, facts)}
                {each.endsOn < today && <> · {t('policy.ended')}</>}
                {each.note !== undefined && <> · “{each.note}”</>}
              </p>
            </div>
            <WeekStrip schedule={each} />
            <EditButton of={t('schedule.title', { name: each.id })} onClick={() => setEditing(each.id)} />
          </li>
        ))}
      </ul>
      {editing !== null && (
        <Dialog
          title={schedule ? t('schedule.title', { name: schedule.id }) : t('schedule.new')}
          onClose={() => setEditing(null)}
          class="sheet-up wide-dialog"
        >
          <ScheduleForm
            schedule={schedule}
            document={document}
            onSave={(next) => keep(schedule ? schedules.map((each) => (each === schedule ? next : each)) : [...schedules, next])}
            onRemove={() => keep(schedules.filter((each) => each !== schedule))}
          />
        </Dialog>
      )}
    </section>
  )
}

const HOURS = 24
const HEIGHT = 22

function WeekStrip({ schedule }: { schedule: Schedule }) {
  const kind = 'use' in schedule.effect ? 'use' : 'close'
  return (
    <svg
      class={`week ${kind}`}
      viewBox={`0 0 ${7 * HOURS} ${HEIGHT + 11}`}
      role="img"
      aria-label={t('schedule.picture', { text: scheduleText(schedule) })}
    >
      {DAYS.map((day) => (
        <g key={day} transform={`translate(${(day - 1) * HOURS} 0)`}>
          <rect class="day" x="0.4" width={HOURS - 0.8} height={HEIGHT} rx="1" />
          {[6, 12, 18].map((hour) => (
            <path key={hour} class="hour" d={`M${hour} ${HEIGHT - (hour === 12 ? 8 : 4)}V${HEIGHT}`} />
          ))}
          <text x={HOURS / 2} y={HEIGHT + 9} text-anchor="middle">
            {dayName(day, 'short')}
          </text>
        </g>
      ))}
      {stretches(schedule).map(({ from, to }) => (
        <rect key={from} class="stretch" x={from / 60} width={(to - from) / 60} y="3" height={HEIGHT - 6} rx="1" />
      ))}
    </svg>
  )
}

type FormProps = { schedule: Schedule | undefined; document: PolicyDraft; onSave: (schedule: Schedule) => void; onRemove: () => void }

function ScheduleForm({ schedule, document, onSave, onRemove }: FormProps) {
  const names = document.groups.map(({ name }) => name)
  const [model, setModel] = useState<Schedule>(
    () =>
      schedule ?? {
        id: '',
        groups: [document.publicGroup],
        days: [1, 2, 3, 4, 5, 6, 7],
        from: '22:00',
        to: '04:00',
        endsOn: wibDateValue(now.peek() + MONTH),
        effect: { close: true },
        where: { city: true },
      },
  )
  const set = (change: Partial<Schedule>) => setModel({ ...model, ...change })
  const toggle = <T,>(list: readonly T[], value: T, on: boolean) => (on ? [...list, value] : list.filter((each) => each !== value))
  const uses = 'use' in model.effect ? model.effect.use : null
  const taken = model.id !== schedule?.id && document.schedules.some(({ id }) => id === model.id.trim())
  const ready = model.groups.length > 0 && model.days.length > 0 && isPlaceChosen(model.where) && !taken
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const { note, startsOn, ...rest } = model
    if (ready) onSave({ ...rest, id: model.id.trim(), ...(note && { note }), ...(startsOn && { startsOn }) })
  }
  return (
    <form class="stack" onSubmit={submit}>
      <Field label={t('schedule.id')} hint={t('schedule.id-hint')}>
        {(id, hint) => (
          <input
            id={id}
            class="input"
            required
            maxLength={40}
            autoComplete="off"
            aria-describedby={hint}
            aria-invalid={taken}
            value={model.id}
            onInput={(event) => set({ id: event.currentTarget.value })}
          />
        )}
      </Field>
      <WeekStrip schedule={model} />
      <fieldset class="field">
        <legend>{t('schedule.days')}</legend>
        <div class="picks days">
          {DAYS.map((day) => (
            <label key={day} class="pick">
              <input
                type="checkbox"
                checked={model.days.includes(day)}
                onChange={(event) => set({ days: toggle(model.days, day, event.currentTarget.checked).toSorted((a, b) => a - b) })}
              />{' '}
              {dayName(day, 'short')}
            </label>
          ))}
        </div>
      </fieldset>
      <div class="form-grid four">
        <WhenField type="time" label={t('schedule.from')} value={model.from} required onPick={(from) => set({ from })} />
        <WhenField type="time" label={t('schedule.until')} value={model.to} required onPick={(to) => set({ to })} />
        <WhenField type="date" label={t('schedule.starts')} value={model.startsOn ?? ''} onPick={(startsOn) => set({ startsOn })} />
        <WhenField type="date" label={t('schedule.ends')} value={model.endsOn} required onPick={(endsOn) => set({ endsOn })} />
      </div>
      <p class="hint">{t('schedule.over-midnight')}</p>
      <fieldset class="field">
        <legend>{t('schedule.groups')}</legend>
        <div class="picks">
          {names.map((name) => (
            <label key={name} class="pick">
              <input
                type="checkbox"
                checked={model.groups.includes(name)}
                onChange={(event) => set({ groups: toggle(model.groups, name, event.currentTarget.checked) })}
              />{' '}
              {name}
            </label>
          ))}
        </div>
      </fieldset>
      <fieldset class="field">
        <legend>{t('schedule.effect')}</legend>
        <div class="picks">
          <label class="pick">
            <input type="radio" name="effect" checked={uses === null} onChange={() => set({ effect: { close: true } })} />{' '}
            {t('schedule.close')}
          </label>
          <label class="pick">
            <input
              type="radio"
              name="effect"
              checked={uses !== null}
              onChange={() => set({ effect: { use: names.find((name) => !model.groups.includes(name)) ?? names[0]! } })}
            />{' '}
            {t('schedule.use')}
          </label>
          {uses !== null && (
            <select
              class="input compact"
              aria-label={t('schedule.use-group')}
              value={uses}
              onChange={(event) => set({ effect: { use: event.currentTarget.value } })}
            >
              {names.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          )}
        </div>
      </fieldset>
      <PlaceField where={model.where} onChange={(where) => set({ where })} />
      <Field label={t('schedule.note')}>
        {(id) => (
          <input
            id={id}
            class="input"
            maxLength={200}
            value={model.note ?? ''}
            onInput={(event) => set({ note: event.currentTarget.value })}
          />
        )}
      </Field>
      <p class="reads" role="status">
        <strong>{t('group.reads')}</strong> {scheduleText(model)}.
      </p>
      {taken && (
        <p class="notice bad" role="alert">
          {t('problem.two-schedules', { name: model.id })}
        </p>
      )}
      <FormButtons disabled={!ready} onRemove={schedule && onRemove} />
    </form>
  )
}

type When = { type: 'time' | 'date'; label: string; value: string; required?: boolean; onPick: (value: string) => void }

function WhenField({ type, label, value, required = false, onPick }: When) {
  return (
    <Field label={label}>
      {(id) => (
        <input
          id={id}
          class="input"
          type={type}
          required={required}
          value={value}
          onChange={(event) => onPick(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}
