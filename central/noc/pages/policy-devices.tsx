/** The three lists of devices: exempt machines, members of groups, and those shut out. Each entry has an end and a place. */
import { useState } from 'preact/hooks'
import { Dialog } from '../../platform/ui/dialog.tsx'
import { DAY, HOUR, wibDate, wibDateValue } from '../../platform/ui/format.ts'
import { now } from '../../platform/ui/now.ts'
import type { PolicyDraft } from '../policy/api.ts'
import { keyOf, type Entry } from '../policy/changes.ts'
import type { Where } from '../policy/place.ts'
import { Field, FormButtons, isPlaceChosen, PlaceField, useFacts } from './policy-form.tsx'
import { Flag } from './policy-groups.tsx'
import { momentText, whereText } from './policy-text.ts'
import { t } from './noc-words.ts'

type Part = 'bypass' | 'members' | 'block'
type Props = {
  document: PolicyDraft
  changed: (part: Part, key: string) => 'new' | 'changed' | null
  onChange: (document: PolicyDraft) => void
}

const PARTS: readonly Part[] = ['bypass', 'members', 'block']
const FIRST_DAYS: Record<Part, number> = { bypass: 365, members: 365, block: 30 }
/** More rows than this are found, not read. */
const SHOWN = 50
const FIND_FROM = 12

export function Devices(props: Props) {
  return (
    <section class="policy-part" aria-labelledby="lists-title">
      <h2 id="lists-title" class="part-title">
        {t('lists.title')}
      </h2>
      {PARTS.map((part) => (
        <DeviceList key={part} part={part} {...props} />
      ))}
    </section>
  )
}

function DeviceList({ part, document, changed, onChange }: Props & { part: Part }) {
  const facts = useFacts()
  const [adding, setAdding] = useState(false)
  const [find, setFind] = useState('')
  const entries = document[part] as Entry<Part>[]
  const words = find.toLowerCase().split(/\s+/).filter(Boolean)
  const text = (entry: Entry<Part>) =>
    `${nameOf(entry)} ${'group' in entry ? entry.group : ''} ${entry.note ?? ''} ${whereText(entry.where, facts)}`.toLowerCase()
  const found = entries.filter((entry) => words.every((word) => text(entry).includes(word)))
  const set = (next: Entry<Part>[]) => onChange({ ...document, [part]: next })
  return (
    <div class="device-list">
      <div class="part-head">
        <div>
          <h3>
            {t(`list.title-${part}`)} <span class="muted tabular">{entries.length > 0 ? entries.length : ''}</span>
          </h3>
          <p class="muted">{t(`list.lead-${part}`)}</p>
        </div>
        <button type="button" class="button" onClick={() => setAdding(true)}>
          {t(`list.add-${part}`)}
        </button>
      </div>
      {entries.length === 0 && <p class="muted small">{t(`list.none-${part}`)}</p>}
      {entries.length > FIND_FROM && (
        <input
          type="search"
          class="input"
          aria-label={t('device.find')}
          placeholder={t('device.find')}
          value={find}
          onInput={(event) => setFind(event.currentTarget.value)}
        />
      )}
      {found.length > 0 && (
        <div class="scroll-x" tabIndex={0} role="region" aria-label={t(`list.title-${part}`)}>
          <table class="devices">
            <thead>
              <tr>
                <th scope="col">{t('device.device')}</th>
                {part !== 'block' && <th scope="col">{t('device.group')}</th>}
                <th scope="col">{t('device.where')}</th>
                <th scope="col">{t('device.until')}</th>
                <th scope="col">{t('device.note')}</th>
                <th scope="col">
                  <span class="unseen">{t('policy.remove')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {found.slice(0, SHOWN).map((entry) => (
                <tr key={keyOf(part, entry)}>
                  <th scope="row">
                    <code>{nameOf(entry)}</code>
                    {isPseudonym(entry) && <span class="muted small"> {t('device.pseudonym')}</span>}{' '}
                    <Flag of={changed(part, keyOf(part, entry))} />
                  </th>
                  {'group' in entry && <td>{entry.group}</td>}
                  <td>{whereText(entry.where, facts)}</td>
                  <td>{entry.until <= now.value ? <span class="muted">{t('policy.ended')}</span> : momentText(entry.until)}</td>
                  <td class="wrap">{entry.note ?? ''}</td>
                  <td class="number">
                    <button
                      type="button"
                      class="button plain small"
                      aria-label={t('policy.remove-label', { name: nameOf(entry) })}
                      onClick={() => set(entries.filter((each) => each !== entry))}
                    >
                      {t('policy.remove')}
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {found.length > SHOWN && <p class="small muted">{t('device.rest', { n: found.length - SHOWN })}</p>}
      {adding && (
        <Dialog title={t(`list.add-${part}`)} onClose={() => setAdding(false)} class="sheet-up wide-dialog">
          <DeviceForm
            part={part}
            groups={document.groups
              .filter((group) => (part === 'bypass' ? group.class === 'device' : group.class !== 'device'))
              .map(({ name }) => name)}
            onSave={(added) => {
              const keys = new Set(added.map((entry) => keyOf(part, entry)))
              set([...entries.filter((entry) => !keys.has(keyOf(part, entry))), ...added])
              setAdding(false)
            }}
          />
        </Dialog>
      )}
    </div>
  )
}

const isPseudonym = (entry: Entry<Part>) => entry.mac === undefined
const nameOf = (entry: Entry<Part>): string => entry.mac ?? ('device' in entry ? (entry.device ?? '').slice(0, 12) : '')

type FormProps = { part: Part; groups: readonly string[]; onSave: (entries: Entry<Part>[]) => void }

function DeviceForm({ part, groups, onSave }: FormProps) {
  const [macs, setMacs] = useState('')
  const [group, setGroup] = useState(groups[0] ?? '')
  const [until, setUntil] = useState(() => wibDateValue(now.peek() + FIRST_DAYS[part] * DAY))
  const [where, setWhere] = useState<Where>({ city: true })
  const [note, setNote] = useState('')
  const lines = [...new Set(macs.split('\n').map((line) => line.trim().toLowerCase()))].filter(Boolean)
  const end = wibDate(until, 24)
  const ready = lines.length > 0 && end !== null && isPlaceChosen(where)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!ready) return
    const shared = { until: end - 1, where, ...(note.trim() !== '' && { note: note.trim() }) }
    onSave(lines.map((mac) => (part === 'block' ? { mac, ...shared } : { mac, group, ...shared })))
  }
  return (
    <form class="stack" onSubmit={submit}>
      <Field label={t('device.macs')} hint={t('device.macs-hint')}>
        {(id, hint) => (
          <textarea
            id={id}
            class="input mono"
            required
            rows={4}
            spellcheck={false}
            aria-describedby={hint}
            value={macs}
            onInput={(event) => setMacs(event.currentTarget.value)}
          />
        )}
      </Field>
      <div class="form-grid">
        {part !== 'block' && (
          <Field label={t('device.group')}>
            {(id) => (
              <select id={id} class="input" value={group} required onChange={(event) => setGroup(event.currentTarget.value)}>
                {groups.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            )}
          </Field>
        )}
        <Field label={t('device.until-field')}>
          {(id) => (
            <input
              id={id}
              class="input"
              type="date"
              required
              min={wibDateValue(now.peek() - HOUR)}
              value={until}
              onChange={(event) => setUntil(event.currentTarget.value)}
            />
          )}
        </Field>
      </div>
      <PlaceField where={where} onChange={setWhere} />
      <Field
        label={part === 'block' ? t('device.note-blocked') : t('device.note')}
        hint={part === 'block' ? undefined : t('device.note-hint')}
      >
        {(id, hint) => (
          <input
            id={id}
            class="input"
            maxLength={200}
            aria-describedby={hint}
            value={note}
            onInput={(event) => setNote(event.currentTarget.value)}
          />
        )}
      </Field>
      <FormButtons disabled={!ready} />
    </form>
  )
}
