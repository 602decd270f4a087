import { Type, type Static } from 'typebox'

/** Read out over the phone and typed on cheap keyboards: no 0/O, no 1/I. 32 letters, 5 bits each. */
export const TICKET_ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'
export const TICKET_CODE_PATTERN = '^[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}$'

/** What people may complain about from the portal; the words on screen live with the screens. */
export const COMPLAINT_CATEGORIES = [
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
] as const
export type ComplaintCategory = (typeof COMPLAINT_CATEGORIES)[number]

export const COMPLAINT_TEXT_MAX = 2_000
export const COMPLAINT_CONTACT_MAX = 120

/** A complaint made at a hotspot's portal, before login. The hotspot is the envelope's node. */
export const Complaint = Type.Object(
  {
    code: Type.String({ pattern: TICKET_CODE_PATTERN }),
    // Unsafe names the static type that a mapped union loses; the schema is the union itself.
    category: Type.Unsafe<ComplaintCategory>(Type.Union(COMPLAINT_CATEGORIES.map((category) => Type.Literal(category)))),
    text: Type.String({ minLength: 5, maxLength: COMPLAINT_TEXT_MAX }),
    /** Phone number or e-mail address, only when the reporter gave one. */
    contact: Type.Optional(Type.String({ minLength: 3, maxLength: COMPLAINT_CONTACT_MAX })),
    anonymous: Type.Boolean(),
    language: Type.Union([Type.Literal('id'), Type.Literal('en'), Type.Literal('jv')]),
  },
  { additionalProperties: false },
)
export type Complaint = Static<typeof Complaint>
