/** Batches of voucher codes: made and published in one step, shown once, printed on A4. */
import { useState } from 'preact/hooks'
import { Dialog } from '../../platform/ui/dialog.tsx'
import { DAY, wibDate, wibDateValue } from '../../platform/ui/format.ts'
import { formText } from '../../platform/ui/form-text.ts'
import { now } from '../../platform/ui/now.ts'
import { post, remove } from '../../platform/ui/request.ts'
import { ui } from '../../platform/ui/ui-words.ts'
import { failureWords } from '../../platform/ui/view.tsx'
import type { MadeVouchers, PolicyView, Problem, VoucherBatch } from '../policy/api.ts'
import type { Where } from '../policy/place.ts'
import { Field, isPlaceChosen, PlaceField } from './policy-form.tsx'
import { problemText } from './policy-review.tsx'
import { dateText, momentText, whereText } from './policy-text.ts'
import { t } from './noc-words.ts'

type Made = { name: string; until: string; devices: number; codes: string[] }

export function Vouchers({ view, onPublished }: { view: PolicyView; onPublished: () => void }) {
  const [open, setOpen] = useState<'make' | VoucherBatch | null>(null)
  const [made, setMade] = useState<Made | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  // Of what is published: a group that is only in the draft is not at any hotspot yet.
  const groups = view.document.groups.filter((group) => group.class === 'voucher')
  const withdraw = async (batch: string) => {
    const answer = await remove(`/api/noc/policy/vouchers/${encodeURIComponent(batch)}`)
    setOpen(null)
    setProblem(answer.ok || answer.status === 404 ? null : failureWords(answer.code, answer.status))
    onPublished()
  }
  return (
    <section class="policy-part" aria-labelledby="vouchers-title">
      <div class="part-head">
        <div>
          <h2 id="vouchers-title">{t('vouchers.title')}</h2>
          <p class="muted">{t('vouchers.lead')}</p>
        </div>
        <button type="button" class="button" disabled={groups.length === 0} onClick={() => setOpen('make')}>
          {t('vouchers.make')}
        </button>
      </div>
      {groups.length === 0 && <p class="muted small">{t('vouchers.no-group')}</p>}
      {problem !== null && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      {made && <Sheet made={made} onClose={() => setMade(null)} />}
      {view.batches.length === 0 && groups.length > 0 && !made && <p class="muted small">{t('vouchers.none')}</p>}
      <ul class="batches">
        {view.batches.map((batch) => (
          <li key={batch.batch}>
            <div>
              <h3>
                <code>{batch.batch}</code>
              </h3>
              <p>
                {t('vouchers.codes', { n: batch.codes })}, {t('vouchers.devices', { n: batch.devices })} · {batch.group}
              </p>
              <p class="small muted">
                {whereText(batch.where, view)} ·{' '}
                {batch.until <= now.value ? t('policy.ended') : `${t('policy.until')} ${momentText(batch.until)}`}
              </p>
            </div>
            <button
              type="button"
              class="button small danger"
              aria-label={t('vouchers.withdraw-label', { batch: batch.batch })}
              onClick={() => setOpen(batch)}
            >
              {t('vouchers.withdraw')}
            </button>
          </li>
        ))}
      </ul>
      {open === 'make' && (
        <Dialog title={t('vouchers.make')} onClose={() => setOpen(null)} class="sheet-up wide-dialog">
          <MakeForm
            groups={groups.map(({ name }) => name)}
            onMade={(next) => {
              setOpen(null)
              setMade(next)
              onPublished()
            }}
          />
        </Dialog>
      )}
      {open !== null && open !== 'make' && (
        <Dialog title={t('vouchers.withdraw-title', { batch: open.batch })} onClose={() => setOpen(null)}>
          <div class="stack">
            <p>{t('vouchers.withdraw-lead', { n: open.codes })}</p>
            <div class="row">
              <button type="button" class="button danger big" onClick={() => void withdraw(open.batch)}>
                {t('vouchers.withdraw')}
              </button>
              <button type="button" class="button big" onClick={() => setOpen(null)}>
                {ui('cancel')}
              </button>
            </div>
          </div>
        </Dialog>
      )}
    </section>
  )
}

const MONTH = 30 * DAY

function MakeForm({ groups, onMade }: { groups: readonly string[]; onMade: (made: Made) => void }) {
  const [where, setWhere] = useState<Where>({ city: true })
  const [problems, setProblems] = useState<string[]>([])
  const [busy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const text = formText(event)
    const day = text('until')
    const end = wibDate(day, 24)
    if (busy || end === null || !isPlaceChosen(where)) return
    const name = text('name').trim()
    const devices = Number(text('devices'))
    setBusy(true)
    const order = { name, count: Number(text('count')), group: text('group'), until: end - 1, devices, where }
    const answer = await post<MadeVouchers>('/api/noc/policy/vouchers', order)
    setBusy(false)
    if (answer.ok) return onMade({ name, until: day, devices, codes: answer.value.codes })
    if (answer.code === 'invalid-policy') setProblems((answer.body as { problems: Problem[] }).problems.map(problemText))
    else setProblems([answer.status === 422 ? t.code('voucher-problem.', answer.code) : failureWords(answer.code, answer.status)])
  }
  return (
    <form class="stack" onSubmit={(event) => void submit(event)}>
      <Field label={t('vouchers.name')} hint={t('vouchers.name-hint')}>
        {(id, hint) => (
          <input id={id} name="name" class="input" required minLength={2} maxLength={60} autoComplete="off" aria-describedby={hint} />
        )}
      </Field>
      <div class="form-grid four">
        <Field label={t('vouchers.count')}>
          {(id) => <input id={id} name="count" class="input tabular" type="number" min={1} max={200} required defaultValue="24" />}
        </Field>
        <Field label={t('vouchers.device-field')}>
          {(id) => <input id={id} name="devices" class="input tabular" type="number" min={1} max={1_000} required defaultValue="1" />}
        </Field>
        <Field label={t('device.until-field')}>
          {(id) => (
            <input
              id={id}
              name="until"
              class="input"
              type="date"
              required
              min={wibDateValue(now.peek())}
              defaultValue={wibDateValue(now.peek() + MONTH)}
            />
          )}
        </Field>
        <Field label={t('device.group')}>
          {(id) => (
            <select id={id} name="group" class="input">
              {groups.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <PlaceField where={where} onChange={setWhere} />
      {problems.map((problem) => (
        <p key={problem} class="notice bad" role="alert">
          {problem}
        </p>
      ))}
      <button type="submit" class="button main big" disabled={busy || !isPlaceChosen(where)}>
        {t('vouchers.submit')}
      </button>
    </form>
  )
}

/** On the screen a list to copy, on paper slips to cut out. */
function Sheet({ made: { name, until, devices, codes }, onClose }: { made: Made; onClose: () => void }) {
  return (
    <div class="voucher-sheet">
      <div class="notice good stack no-print" role="status">
        <strong>{t('vouchers.made', { n: codes.length, name })}</strong>
        <p>{t('vouchers.once')}</p>
        <div class="row">
          <button type="button" class="button main" onClick={() => window.print()}>
            {t('vouchers.print')}
          </button>
          <button type="button" class="button" onClick={onClose}>
            {t('vouchers.done')}
          </button>
        </div>
      </div>
      <ul class="coupons" aria-label={t('vouchers.all')}>
        {codes.map((code) => (
          <li key={code} class="coupon">
            <p class="coupon-head">
              <strong>{t('slip.title')}</strong> <span>{name}</span>
            </p>
            <p class="coupon-code">{code}</p>
            <p class="coupon-how">{t('slip.how')}</p>
            <p class="coupon-until">
              {t('slip.until', { until: dateText(until) })} · {t('vouchers.devices', { n: devices })}
            </p>
          </li>
        ))}
      </ul>
    </div>
  )
}
