import type { COMPLAINT_CATEGORIES, ComplaintCategory } from '#edge/wire/complaint.ts'
import type { ComplaintField, ComplaintFormPage } from '#edge/wire/page.ts'
import { Document, Heading, Notice } from '../document.tsx'
import { Icon } from '../icons.tsx'
import { paths } from '../paths.ts'
import type { WordKey } from '../words/id.ts'
import { WORDS, type Speak } from '../words/speak.ts'

const KINDS: typeof COMPLAINT_CATEGORIES & readonly ComplaintCategory[] = [
  'wifi',
  'jalan',
  'drainase',
  'pohon',
  'lampu',
  'sampah',
  'kebakaran',
  'ketertiban',
  'pasar',
  'adminduk',
  'bansos',
  'kesehatan',
  'sekolah',
  'lainnya',
]
/** As in the wire's schema; the browser stops typing there, the box checks again. */
const TEXT_MAX = 2_000
const CONTACT_MAX = 120

type Part = { page: ComplaintFormPage; voice: Speak }

export function ComplaintForm({ page, voice }: Part) {
  const { say } = voice
  const place = `${page.hotspot.name}, ${page.hotspot.area}`
  return (
    <Document frame={page} voice={voice} title={say('complaint.title')} island>
      <Heading title={say('complaint.title')} lead={say('complaint.lead')} />
      <div class="narrow">
        <ProblemSummary page={page} voice={voice} />
        {page.notKept && (
          <Notice kind="warn" title={say('complaint.notKept.title')} urgent>
            {say('complaint.notKept.text')} {say('complaint.tooMany.doors')}
          </Notice>
        )}
        {page.tooMany && (
          <Notice kind="warn" title={say('complaint.tooMany.title')} urgent>
            {say('complaint.tooMany.text')} {say('complaint.tooMany.doors')}
          </Notice>
        )}
        <form class="report" method="post" action={paths.complaint} data-draft={say('complaint.draft')} novalidate>
          <input type="hidden" name="formToken" value={page.formToken} />
          <input type="hidden" name="b" value={page.language} />
          <p class="spot">
            <Icon name="place" />
            <span>
              <b>{say('complaint.place', { place })}</b>
              <span class="small">{say('complaint.place.note')}</span>
            </span>
          </p>
          <Kinds page={page} voice={voice} />
          <div class={`field ${page.problems.text ? 'bad' : ''}`}>
            <label for="text">{say('complaint.text')}</label>
            <p class="small" id="text-hint">
              {say('complaint.text.hint')}
            </p>
            <output class="small" data-draft-note />
            <FieldProblem field="text" page={page} voice={voice} />
            <textarea
              id="text"
              name="text"
              rows={5}
              maxlength={TEXT_MAX}
              required
              value={page.values.text}
              {...described(page, 'text', 'text-hint')}
            />
          </div>
          <div class={`field ${page.problems.contact ? 'bad' : ''}`}>
            <label for="contact">{say('complaint.contact')}</label>
            <p class="small" id="contact-hint">
              {say('complaint.contact.hint')}
            </p>
            <FieldProblem field="contact" page={page} voice={voice} />
            <input
              id="contact"
              name="contact"
              type="text"
              inputmode="email"
              autocomplete="tel"
              maxlength={CONTACT_MAX}
              value={page.values.contact}
              {...described(page, 'contact', 'contact-hint')}
            />
          </div>
          <div>
            <label class="check">
              <input
                type="checkbox"
                name="anonymous"
                value="ya"
                checked={page.values.anonymous === true}
                aria-describedby="anonymous-hint"
              />
              <b>{say('complaint.anonymous')}</b>
            </label>
            <p class="small" id="anonymous-hint">
              {say('complaint.anonymous.hint')}
            </p>
          </div>
          <Notice kind="down" title={say('complaint.urgent')} />
          <button class="btn big" type="submit">
            {say('complaint.send')}
            <Icon name="arrow" />
          </button>
        </form>
      </div>
    </Document>
  )
}

/** Tiles are real radio buttons: arrows move, the form posts, nothing needs a script. */
function Kinds({ page, voice }: Part) {
  return (
    <fieldset class={`field ${page.problems.category ? 'bad' : ''}`} id="category" {...described(page, 'category')}>
      <legend>{voice.say('complaint.kind')}</legend>
      <FieldProblem field="category" page={page} voice={voice} />
      <div class="tiles">
        {KINDS.map((kind) => (
          <label class="tile">
            <input type="radio" name="category" value={kind} required checked={page.values.category === kind} />
            <Icon name={kind} />
            <span>{voice.say(`kind.${kind}`)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

function ProblemSummary({ page, voice }: Part) {
  const fields = Object.keys(page.problems) as ComplaintField[]
  if (fields.length === 0) return null
  return (
    <div class="notice down" role="alert" tabIndex={-1}>
      <Icon name="warn" />
      <div>
        <strong>{voice.say(`complaint.problems.${voice.plural(fields.length)}`, { count: fields.length })}</strong>
        <ul>
          {fields.map((field) => (
            <li>
              <a href={`#${field}`}>{problemText(page, field, voice)}</a>
            </li>
          ))}
        </ul>
      </div>
    </div>
  )
}

function FieldProblem({ field, page, voice }: Part & { field: ComplaintField }) {
  if (!page.problems[field]) return null
  return (
    <p class="wrong" id={`${field}-problem`}>
      <Icon name="warn" />
      {problemText(page, field, voice)}
    </p>
  )
}

function described(page: ComplaintFormPage, field: ComplaintField, hint?: string) {
  const problem = page.problems[field] ? `${field}-problem` : undefined
  const ids = [hint, problem].filter((id) => id !== undefined).join(' ')
  return { ...(ids ? { 'aria-describedby': ids } : {}), ...(problem && field !== 'category' ? { 'aria-invalid': 'true' as const } : {}) }
}

function problemText(page: ComplaintFormPage, field: ComplaintField, voice: Speak): string {
  const key = `problem.${field}.${page.problems[field]}`
  return voice.say(Object.hasOwn(WORDS.id, key) ? (key as WordKey) : 'problem.field.other')
}
