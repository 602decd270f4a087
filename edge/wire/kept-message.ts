import { Type, type Static } from 'typebox'
import { TICKET_CODE_PATTERN } from './complaint.ts'

/** The words a citizen sees, in the order they happen (the chain people know from Jakarta's CRM). */
const TICKET_STATUSES = ['menunggu', 'koordinasi', 'disposisi', 'proses', 'selesai', 'ditutup'] as const
export type TicketStatusWord = (typeof TICKET_STATUSES)[number]

/** Where a ticket stands. Holds no reporter's data: whoever has the code may read it. */
export const TicketStatus = Type.Object(
  {
    code: Type.String({ pattern: TICKET_CODE_PATTERN }),
    /** The case's version: a box keeps the highest and ignores older ones. */
    version: Type.Integer({ minimum: 1 }),
    // Unsafe names the static type that a mapped union loses; the schema is the union itself.
    status: Type.Unsafe<TicketStatusWord>(Type.Union(TICKET_STATUSES.map((word) => Type.Literal(word)))),
    /** Who has it now, e.g. "Dinas Perhubungan". */
    office: Type.Optional(Type.String({ maxLength: 120 })),
    answer: Type.Optional(Type.String({ maxLength: 4_000 })),
    /** Photo that proves the answer: JPEG, base64, already re-encoded without metadata by central. */
    photo: Type.Optional(Type.String({ maxLength: 120_000 })),
    at: Type.Integer({ minimum: 0 }),
  },
  { additionalProperties: false },
)
export type TicketStatus = Static<typeof TicketStatus>

/** A message the box must keep and confirm with a receipt record. Central resends it on each hello until then. */
export const KeptMessage = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 80 }),
    kind: Type.Literal('ticket'),
    ticket: TicketStatus,
  },
  { additionalProperties: false },
)
export type KeptMessage = Static<typeof KeptMessage>
