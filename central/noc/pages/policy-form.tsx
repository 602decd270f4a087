/** The small parts that all forms of the access rules share: a labelled field, an amount that may be empty, and a place. */
import { type ComponentChildren, createContext } from 'preact'
import { useContext, useId, useState } from 'preact/hooks'
import type { PolicyView } from '../policy/api.ts'
import type { Where } from '../policy/place.ts'
import { t } from './noc-words.ts'

/** What the page was loaded with: names of hotspots and kelurahan. */
export const PolicyFacts = createContext<PolicyView | null>(null)
export function useFacts(): PolicyView {
  const facts = useContext(PolicyFacts)
  if (!facts) throw new Error('outside of the access rules')
  return facts
}

/** @param of what it opens, for those who hear the button without its card. */
export function EditButton({ of, onClick }: { of: string; onClick: () => void }) {
  return (
    <button type="button" class="button small" aria-label={t('policy.edit-label', { name: of })} onClick={onClick}>
      {t('policy.edit')}
    </button>
  )
}

type FieldProps = { label: string; hint?: string | undefined; children: (id: string, hintId: string | undefined) => ComponentChildren }
export function Field({ label, hint, children }: FieldProps) {
  const id = useId()
  const hintId = hint === undefined ? undefined : `${id}-hint`
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(id, hintId)}
      {hint !== undefined && (
        <p class="hint" id={hintId}>
          {hint}
        </p>
      )}
    </div>
  )
}

type AmountProps = {
  label: string
  /** In the unit of the model; undefined is "no limit". */
  value: number | undefined
  /** How many of the model's units one of the person's is: 60 for minutes kept as seconds. */
  per: number
  min: number
  max: number
  step?: number | 'any'
  required?: boolean
  onChange(value: number | undefined): void
}

/** A number a person types in their own unit; the browser says what is out of bounds. */
export function Amount({ label, value, per, min, max, step = 1, required, onChange }: AmountProps) {
  const shown = value === undefined ? '' : String(Math.round((value / per) * 1_000) / 1_000)
  return (
    <Field label={label}>
      {(id) => (
        <input
          id={id}
          class="input tabular"
          type="number"
          inputMode="decimal"
          min={min}
          max={max}
          step={step}
          required={required ?? false}
          value={shown}
          onChange={(event) => {
            const typed = event.currentTarget.value
            const number = Number(typed)
            onChange(typed === '' || Number.isNaN(number) ? undefined : Math.round(number * per))
          }}
        />
      )}
    </Field>
  )
}

const HOTSPOTS_SHOWN = 40

export function PlaceField({ where, onChange }: { where: Where; onChange: (where: Where) => void }) {
  const { kelurahan, hotspots } = useFacts()
  const [find, setFind] = useState('')
  const name = useId()
  const kind = 'city' in where ? 'city' : 'kelurahan' in where ? 'kelurahan' : 'nodes'
  const chosen = 'city' in where ? [] : 'kelurahan' in where ? where.kelurahan : where.nodes
  const empty: Record<typeof kind, Where> = { city: { city: true }, kelurahan: { kelurahan: [] }, nodes: { nodes: [] } }
  const choose = (value: string, on: boolean) => {
    const next = on ? [...chosen, value] : chosen.filter((each) => each !== value)
    onChange('kelurahan' in where ? { kelurahan: next } : { nodes: next })
  }
  const words = find.toLowerCase().split(/\s+/).filter(Boolean)
  const found = hotspots.filter(
    (hotspot) => chosen.includes(hotspot.node) || words.every((word) => `${hotspot.name} ${hotspot.node}`.toLowerCase().includes(word)),
  )
  const options =
    kind === 'kelurahan'
      ? kelurahan.map(({ code, name: label }) => ({ value: code, label }))
      : found
          .toSorted((a, b) => Number(chosen.includes(b.node)) - Number(chosen.includes(a.node)))
          .slice(0, Math.max(HOTSPOTS_SHOWN, chosen.length))
          .map((hotspot) => ({ value: hotspot.node, label: hotspot.name }))
  return (
    <fieldset class="field place-field">
      <legend>{t('where.label')}</legend>
      <div class="picks">
        {(['city', 'kelurahan', 'nodes'] as const).map((each) => (
          <label key={each} class="pick">
            <input type="radio" name={name} checked={kind === each} onChange={() => onChange(empty[each])} /> {t(`where.${each}`)}
          </label>
        ))}
      </div>
      {kind === 'nodes' && (
        <input
          type="search"
          class="input"
          aria-label={t('where.find')}
          placeholder={t('where.find')}
          value={find}
          onInput={(event) => setFind(event.currentTarget.value)}
        />
      )}
      {kind !== 'city' && (
        <>
          <div class="pick-list" role="group" aria-label={t(`where.${kind}`)} tabIndex={0}>
            {options.map(({ value, label }) => (
              <label key={value} class="pick">
                <input type="checkbox" checked={chosen.includes(value)} onChange={(event) => choose(value, event.currentTarget.checked)} />{' '}
                {label}
              </label>
            ))}
          </div>
          <p class="hint" role="status">
            {chosen.length === 0 ? t('where.choose-some') : t('where.chosen', { n: chosen.length })}
          </p>
        </>
      )}
    </fieldset>
  )
}
export const isPlaceChosen = (where: Where): boolean =>
  'city' in where || ('kelurahan' in where ? where.kelurahan.length > 0 : where.nodes.length > 0)

export function FormButtons({
  disabled,
  onRemove,
  removeHint,
}: {
  disabled?: boolean
  onRemove?: (() => void) | undefined
  removeHint?: string
}) {
  return (
    <div class="form-buttons">
      <button type="submit" class="button main big" disabled={disabled ?? false}>
        {t('policy.keep')}
      </button>
      {onRemove && (
        <button type="button" class="button danger big" onClick={onRemove}>
          {t('policy.remove')}
        </button>
      )}
      {removeHint !== undefined && <p class="hint">{removeHint}</p>}
    </div>
  )
}
