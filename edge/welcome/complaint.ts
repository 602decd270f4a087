/** Pure: what a visitor typed -> a complaint, or what is wrong with each field. */
import {
  COMPLAINT_CATEGORIES,
  COMPLAINT_CONTACT_MAX,
  COMPLAINT_TEXT_MAX,
  type Complaint,
  type ComplaintCategory,
} from '../wire/complaint.ts'
import type { ComplaintFormPage } from '../wire/page.ts'

const TEXT_MIN = 5

export type TypedComplaint = { category: string; text: string; contact: string; anonymous: boolean }
export type ReadComplaint =
  | { ok: true; complaint: Pick<Complaint, 'category' | 'text' | 'contact' | 'anonymous'> }
  | { ok: false; problems: ComplaintFormPage['problems']; values: ComplaintFormPage['values'] }

export function readComplaint(typed: TypedComplaint): ReadComplaint {
  const category = COMPLAINT_CATEGORIES.find((known) => known === typed.category)
  const text = cleanText(typed.text)
  const contact = cleanLine(typed.contact)
  const problems: ComplaintFormPage['problems'] = {}

  if (!category) problems.category = typed.category === '' ? 'missing' : 'unknown'
  const length = lettersIn(text)
  if (length === 0) problems.text = 'missing'
  else if (length < TEXT_MIN) problems.text = 'too-short'
  else if (text.length > COMPLAINT_TEXT_MAX) problems.text = 'too-long'
  if (contact.length > COMPLAINT_CONTACT_MAX) problems.contact = 'too-long'
  else if (contact !== '' && !isContact(contact)) problems.contact = 'not-a-contact'

  if (category && Object.keys(problems).length === 0) {
    return { ok: true, complaint: { category, text, anonymous: typed.anonymous, ...(contact === '' ? {} : { contact }) } }
  }
  return { ok: false, problems, values: typedValues({ category, text, contact, anonymous: typed.anonymous }) }
}

function typedValues(values: { category: ComplaintCategory | undefined; text: string; contact: string; anonymous: boolean }) {
  const { category, text, contact, anonymous } = values
  // Too long is given back cut at twice the limit: enough to shorten by hand, and the page stays small.
  const kept = {
    text: text.slice(0, COMPLAINT_TEXT_MAX * 2).toWellFormed(),
    contact: contact.slice(0, COMPLAINT_CONTACT_MAX).toWellFormed(),
  }
  return category ? { category, ...kept, anonymous } : { ...kept, anonymous }
}

/** Control characters carry no words and forge log lines; direction overrides make a text read as another. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u{200b}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2060}-\u{206f}\u{feff}\u{e0000}-\u{e007f}]/gu

const cleanText = (typed: string): string =>
  typed
    .toWellFormed()
    .normalize('NFC')
    .replace(/\r\n?|\p{Zl}|\p{Zp}/gu, '\n')
    .split('\n')
    .map((line) => line.replace(/\t/g, ' ').replace(UNSEEN, ''))
    .join('\n')
    .trim()

const cleanLine = (typed: string): string => typed.toWellFormed().normalize('NFC').replace(/\s+/gu, ' ').replace(UNSEEN, '').trim()

/** Made at the first complaint: its tables are 2.7 MB, and most boxes hear none for days. */
let graphemes: Intl.Segmenter | undefined

/** As a reader counts them: the wire's schema does too, and an emoji is one letter, not eleven. */
function lettersIn(text: string): number {
  graphemes ??= new Intl.Segmenter('id', { granularity: 'grapheme' })
  let letters = 0
  for (const _ of graphemes.segment(text)) if (++letters >= TEXT_MIN) break
  return letters
}

const EMAIL = /^[^\s@<>"',;]{1,64}@[^\s@<>"',;.]{1,63}(\.[^\s@<>"',;.]{1,63}){1,5}$/u
const PHONE = /^\+?[\d ().-]{6,30}$/
/** E.164 allows 15 digits; the shortest Indonesian numbers with an area code have 6. */
const isContact = (contact: string): boolean => {
  if (EMAIL.test(contact)) return true
  const digits = contact.replace(/\D/g, '').length
  return PHONE.test(contact) && digits >= 6 && digits <= 15
}
