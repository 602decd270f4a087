/** The groups as they read, and the form behind each: a visit's length is what people ask for first, so it is what one sees first. */
import { useState } from 'preact/hooks'
import type { Group, Rate } from '#edge/wire/policy.ts'
import { Dialog } from '../../platform/ui/dialog.tsx'
import { octets } from '../../platform/ui/format.ts'
import { language } from '../../platform/ui/language.ts'
import type { PolicyDraft, PolicyView } from '../policy/api.ts'
import { EditButton, Amount, Field, FormButtons, useFacts } from './policy-form.tsx'
import { duration, groupLines, groupText, speed } from './policy-text.ts'
import { t } from './noc-words.ts'

const CLASSES = ['public', 'staff', 'voucher', 'device'] as const
const MB = 1_000_000
const MBIT = 1_000
const NEW_GROUP: Group = { name: '', class: 'voucher', watchSeconds: 0, sessionSeconds: 3_600 }

type Props = {
  document: PolicyDraft
  changed: (key: string) => 'new' | 'changed' | null
  onChange: (document: PolicyDraft) => void
}

export function Groups({ document, changed, onChange }: Props) {
  const [editing, setEditing] = useState<string | null>(null)
  const facts = useFacts()
  const { groups, publicGroup } = document
  const sorted = groups.toSorted((a, b) => Number(b.name === publicGroup) - Number(a.name === publicGroup))
  const group = editing === null ? undefined : groups.find(({ name }) => name === editing)
  const save = (next: Group, isPublic: boolean) => {
    const kept = group ? groups.map((each) => (each === group ? next : each)) : [...groups, next]
    onChange({ ...document, groups: kept, publicGroup: isPublic ? next.name : publicGroup })
    setEditing(null)
  }
  const remove = () => {
    onChange({ ...document, groups: groups.filter((each) => each !== group) })
    setEditing(null)
  }
  return (
    <section class="policy-part" aria-labelledby="groups-title">
      <div class="part-head">
        <div>
          <h2 id="groups-title">{t('groups.title')}</h2>
          <p class="muted">{t('groups.lead')}</p>
        </div>
        <button type="button" class="button" onClick={() => setEditing('')}>
          {t('groups.add')}
        </button>
      </div>
      <ul class="group-cards">
        {sorted.map((each) => (
          <li key={each.name} class={`group-card ${each.class}`}>
            <p class="group-kind">
              {t(`class.${each.class}`)}
              <Flag of={changed(each.name)} />
            </p>
            <h3>{each.name}</h3>
            <p class="group-length">
              <strong>{duration(each.sessionSeconds)}</strong> {t('group.visit')}
            </p>
            {each.name === publicGroup && <p class="group-all">{t('group.everyone')}</p>}
            <Pace group={each} />
            <ul class="group-lines">
              {groupLines(each).map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
            <EditButton of={t('group.title', { name: each.name })} onClick={() => setEditing(each.name)} />
          </li>
        ))}
      </ul>
      {editing !== null && (
        <Dialog
          title={group ? t('group.title', { name: group.name }) : t('group.new')}
          onClose={() => setEditing(null)}
          class="sheet-up wide-dialog"
        >
          <GroupForm
            group={group}
            isPublic={group?.name === publicGroup}
            taken={groups.map(({ name }) => name)}
            used={group !== undefined && isUsed(group.name, document, facts)}
            onSave={save}
            onRemove={remove}
          />
        </Dialog>
      )}
    </section>
  )
}

const isUsed = (name: string, { schedules, members, bypass, publicGroup }: PolicyDraft, { batches }: PolicyView) =>
  name === publicGroup ||
  schedules.some(({ groups, effect }) => groups.includes(name) || ('use' in effect && effect.use === name)) ||
  [...members, ...bypass, ...batches].some(({ group }) => group === name)

export function Flag({ of }: { of: 'new' | 'changed' | null }) {
  return of === null ? null : <span class="flag">{t(`policy.${of}`)}</span>
}

/** A day's data as a strip: full speed, slower, the end. Lengths follow the amounts; an open end runs out of the strip. */
function Pace({ group: { fairUse, dailyOctets } }: { group: Group }) {
  if (!fairUse && dailyOctets === undefined) return null
  const amount = (value: number) => octets(value, language.value)
  const fast = fairUse?.afterOctets ?? dailyOctets!
  const end = dailyOctets ?? fast * 2
  const after = fairUse ? `${t('pace.slow')} (${speed(fairUse.rate.downKbps)})` : t('pace.stop')
  const share = Math.min(0.85, Math.max(0.15, fast / end)) * 100
  return (
    <div class="pace" role="img" aria-label={t('group.pace', { fast: amount(fast), after })}>
      <span class="pace-fast" style={{ width: `${fairUse ? share : 100}%` }}>
        {t('pace.fast')}
      </span>
      {fairUse && <span class={dailyOctets === undefined ? 'pace-slow open' : 'pace-slow'}>{t('pace.slow')}</span>}
      <span class="pace-at" style={{ left: `${fairUse ? share : 100}%` }}>
        {amount(fast)}
      </span>
    </div>
  )
}

type FormProps = {
  group: Group | undefined
  isPublic: boolean
  taken: readonly string[]
  used: boolean
  onSave: (group: Group, isPublic: boolean) => void
  onRemove: () => void
}

function GroupForm({ group, isPublic, taken, used, onSave, onRemove }: FormProps) {
  const [model, setModel] = useState<Group>(group ?? NEW_GROUP)
  const [open, setOpen] = useState(isPublic)
  const set = (change: { [K in keyof Group]?: Group[K] | undefined }) => setModel(defined({ ...model, ...change }))
  const rate = (change: Partial<Rate>) => {
    const next = { upKbps: model.rate?.upKbps ?? 0, downKbps: model.rate?.downKbps ?? 0, ...change }
    set({ rate: next.upKbps === 0 && next.downKbps === 0 ? undefined : next })
  }
  const fair = (change: Partial<Rate> & { afterOctets?: number | undefined }) => {
    const { afterOctets = model.fairUse?.afterOctets, ...rest } = change
    if ('afterOctets' in change && change.afterOctets === undefined) return set({ fairUse: undefined })
    set({
      fairUse: { afterOctets: afterOctets ?? 500 * MB, rate: { ...(model.fairUse?.rate ?? { upKbps: 512, downKbps: 1_000 }), ...rest } },
    })
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    onSave(model, open)
  }
  const nameTaken = model.name !== group?.name && taken.includes(model.name)
  return (
    <form class="stack" onSubmit={submit}>
      <div class="form-grid named">
        <Field label={t('group.name')} hint={t('group.name-hint')}>
          {(id, hint) => (
            <input
              id={id}
              class="input"
              required
              readOnly={group !== undefined}
              pattern="[a-z][a-z0-9\-]{0,31}"
              maxLength={32}
              autoComplete="off"
              aria-describedby={hint}
              aria-invalid={nameTaken}
              value={model.name}
              onInput={(event) => set({ name: event.currentTarget.value.toLowerCase() })}
            />
          )}
        </Field>
        <Field label={t('group.class')}>
          {(id) => (
            <select
              id={id}
              class="input"
              value={model.class}
              onChange={(event) => set({ class: event.currentTarget.value as Group['class'] })}
            >
              {CLASSES.map((each) => (
                <option key={each} value={each}>
                  {t(`class.${each}`)}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      {model.class === 'public' && (
        <label class="pick">
          <input type="checkbox" checked={open} disabled={isPublic} onChange={(event) => setOpen(event.currentTarget.checked)} />{' '}
          {t('group.is-public')}
        </label>
      )}
      <fieldset class="form-part">
        <legend>{t('group.time')}</legend>
        <div class="form-grid">
          <Amount
            label={t('group.session')}
            value={model.sessionSeconds}
            per={60}
            min={1}
            max={10_080}
            required
            onChange={(v) => set({ sessionSeconds: v ?? 60 })}
          />
          <Amount
            label={t('group.watch')}
            value={model.watchSeconds}
            per={1}
            min={0}
            max={600}
            required
            onChange={(v) => set({ watchSeconds: v ?? 0 })}
          />
          <Amount
            label={t('group.idle-field')}
            value={model.idleSeconds}
            per={60}
            min={1}
            max={1_440}
            onChange={(v) => set({ idleSeconds: v })}
          />
          <Amount
            label={t('group.daily-field')}
            value={model.dailySeconds}
            per={60}
            min={1}
            max={1_440}
            onChange={(v) => set({ dailySeconds: v })}
          />
        </div>
      </fieldset>
      <fieldset class="form-part">
        <legend>{t('group.data')}</legend>
        <div class="form-grid">
          <Amount
            label={t('group.session-octets')}
            value={model.sessionOctets}
            per={MB}
            min={1}
            max={1_000_000}
            onChange={(v) => set({ sessionOctets: v })}
          />
          <Amount
            label={t('group.daily-octets')}
            value={model.dailyOctets}
            per={MB}
            min={1}
            max={1_000_000}
            onChange={(v) => set({ dailyOctets: v })}
          />
        </div>
      </fieldset>
      <fieldset class="form-part">
        <legend>{t('group.speed')}</legend>
        <div class="form-grid">
          <Amount
            label={t('group.down')}
            value={model.rate?.downKbps || undefined}
            per={MBIT}
            min={0}
            max={10_000}
            step="any"
            onChange={(v) => rate({ downKbps: v ?? 0 })}
          />
          <Amount
            label={t('group.up')}
            value={model.rate?.upKbps || undefined}
            per={MBIT}
            min={0}
            max={10_000}
            step="any"
            onChange={(v) => rate({ upKbps: v ?? 0 })}
          />
        </div>
      </fieldset>
      <fieldset class="form-part">
        <legend>{t('group.fair-use')}</legend>
        <div class="form-grid three">
          <Amount
            label={t('group.fair-after')}
            value={model.fairUse?.afterOctets}
            per={MB}
            min={1}
            max={1_000_000}
            onChange={(v) => fair({ afterOctets: v })}
          />
          {model.fairUse && (
            <>
              <Amount
                label={t('group.fair-down')}
                value={model.fairUse.rate.downKbps}
                per={MBIT}
                min={0.001}
                max={10_000}
                step="any"
                required
                onChange={(v) => fair({ downKbps: v ?? 1_000 })}
              />
              <Amount
                label={t('group.fair-up')}
                value={model.fairUse.rate.upKbps}
                per={MBIT}
                min={0.001}
                max={10_000}
                step="any"
                required
                onChange={(v) => fair({ upKbps: v ?? 512 })}
              />
            </>
          )}
        </div>
        <p class="hint">{t('group.empty-hint')}</p>
      </fieldset>
      <p class="reads" role="status">
        <strong>{t('group.reads')}</strong> {groupText(model)}.
      </p>
      {nameTaken && (
        <p class="notice bad" role="alert">
          {t('problem.two-groups', { name: model.name })}
        </p>
      )}
      <FormButtons
        disabled={nameTaken}
        onRemove={group && !used ? onRemove : undefined}
        {...(group && used ? { removeHint: t('group.in-use') } : {})}
      />
    </form>
  )
}

/** An absent limit is absent, not undefined: the server takes fields as they are. */
function defined(model: { [K in keyof Group]?: Group[K] | undefined }): Group {
  return Object.fromEntries(Object.entries(model).filter(([, value]) => value !== undefined)) as Group
}
