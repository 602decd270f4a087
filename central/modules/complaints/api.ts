/** Words of the complaints API (E-Monitoring / Lapor), shared by the routes and the screens. */
import { Type, type Static } from 'typebox'
import { Opd } from '../../platform/accounts/api.ts'

/** gov-domain: masuk → diteruskan → ditangani → dijawab → selesai, with diarsip (spam, outside our competence). */
export const COMPLAINT_STATES = ['masuk', 'diteruskan', 'ditangani', 'dijawab', 'selesai', 'diarsip'] as const
export const ComplaintState = Type.Enum(COMPLAINT_STATES)
export type ComplaintState = Static<typeof ComplaintState>

export const ComplaintRow = Type.Object({
  caseId: Type.Integer(),
  /** LP-2026-000123 */
  number: Type.String(),
  category: Type.String(),
  excerpt: Type.String(),
  state: ComplaintState,
  version: Type.Integer(),
  opd: Type.Union([Opd, Type.Null()]),
  area: Type.String(),
  hotspot: Type.Union([Type.Object({ node: Type.String(), name: Type.String() }), Type.Null()]),
  receivedAt: Type.Integer(),
  /** End of the present deadline and whether it has passed; null when no clock runs. */
  dueAt: Type.Union([Type.Integer(), Type.Null()]),
  overdue: Type.Boolean(),
  /** The deadline lies in a year whose official holidays are not loaded yet: it may still move, and the screen says so. */
  dueProvisional: Type.Optional(Type.Boolean()),
  /** A task of the caller's position is open on it. */
  mine: Type.Boolean(),
})
export type ComplaintRow = Static<typeof ComplaintRow>

/** GET /api/complaints?state&category&opd&q&mine=1&page → rows the caller may see (others' OPD: absent, not hidden). */
export const ComplaintQuery = Type.Object(
  {
    state: Type.Optional(ComplaintState),
    category: Type.Optional(Type.String({ maxLength: 30 })),
    opd: Type.Optional(Type.Integer()),
    q: Type.Optional(Type.String({ maxLength: 80 })),
    mine: Type.Optional(Type.Literal('1')),
    node: Type.Optional(Type.String({ maxLength: 32 })),
    page: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
  },
  { additionalProperties: false },
)
export const ComplaintList = Type.Object({
  at: Type.Integer(),
  rows: Type.Array(ComplaintRow),
  total: Type.Integer(),
  pageSize: Type.Integer(),
  /** By state, and `overdue` and `mine` across the states: over the same filter but for `state`. */
  counts: Type.Record(Type.String(), Type.Integer()),
})
export type ComplaintList = Static<typeof ComplaintList>

const HistoryEntry = Type.Object({
  at: Type.Integer(),
  actor: Type.String(),
  /** "Kepala Dinas Perhubungan", with "Plt."/"Plh." where so. */
  position: Type.String(),
  action: Type.String(),
  summary: Type.String(),
  auditNumber: Type.Integer(),
})
const Instruction = Type.Object({
  id: Type.Integer(),
  text: Type.String(),
  from: Type.String(),
  to: Type.String(),
  toPositionId: Type.Integer(),
  dueAt: Type.Integer(),
  createdAt: Type.Integer(),
  doneAt: Type.Union([Type.Integer(), Type.Null()]),
})
const Answer = Type.Object({
  text: Type.String(),
  photo: Type.Union([Type.String(), Type.Null()]),
  by: Type.String(),
  at: Type.Integer(),
})

/** GET /api/complaints/:caseId → 404 for a foreign OPD's case, byte-identical to one that does not exist. */
export const ComplaintPage = Type.Object({
  row: ComplaintRow,
  text: Type.String(),
  /** Null when anonymous or outside the caller's right to see it. */
  contact: Type.Union([Type.String(), Type.Null()]),
  anonymous: Type.Boolean(),
  language: Type.String(),
  /** Last four of the ticket code; the code itself belongs to the citizen. */
  codeHint: Type.String(),
  /** The hotspot as it was when the complaint was made, and its day. */
  telemetry: Type.Union([Type.Unknown(), Type.Null()]),
  suggestedOpd: Type.Union([Opd, Type.Null()]),
  instructions: Type.Array(Instruction),
  answers: Type.Array(Answer),
  history: Type.Array(HistoryEntry),
  /** What the caller may do now; the screen shows these and no others. */
  actions: Type.Array(Type.String()),
  opds: Type.Array(Opd),
  /** Positions of this OPD an instruction may go to. */
  staff: Type.Array(Type.Object({ positionId: Type.Integer(), name: Type.String(), holder: Type.String() })),
})
export type ComplaintPage = Static<typeof ComplaintPage>

const version = Type.Integer({ minimum: 1 })
const text = (max: number) => Type.String({ minLength: 3, maxLength: max })

/**
 * POST /api/complaints/:caseId/act → 200 ComplaintPage
 *   | 403 `not-allowed` | 404 | 409 `stale` with the present ComplaintPage under `now` | 422 `not-now` (wrong state) | 400.
 * `kembalikan` by an office sends it back to the desk, by the desk it sends an answer back to who gave it; the head's
 * `instruksikan` also accepts; the citizen reads the reason of `arsipkan` on the portal.
 * POST /api/complaints/:caseId/read → 204: the caller's tasks on it are no longer new (GET changes nothing).
 */
export const ComplaintAct = Type.Union([
  Type.Object(
    { action: Type.Literal('teruskan'), version, opdId: Type.Integer(), note: Type.Optional(Type.String({ maxLength: 1000 })) },
    { additionalProperties: false },
  ),
  Type.Object({ action: Type.Literal('kembalikan'), version, reason: text(1000) }, { additionalProperties: false }),
  Type.Object({ action: Type.Literal('terima'), version }, { additionalProperties: false }),
  Type.Object(
    { action: Type.Literal('instruksikan'), version, text: text(1000), toPositionId: Type.Integer(), dueAt: Type.Integer() },
    { additionalProperties: false },
  ),
  /** `photo` is the sha256 answered by POST /api/files (multipart, JPEG/PNG/WebP ≤ 10 MB; re-encoded, metadata stripped). */
  Type.Object(
    { action: Type.Literal('jawab'), version, text: text(4000), photo: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })) },
    { additionalProperties: false },
  ),
  Type.Object(
    { action: Type.Literal('selesaikan'), version, note: Type.Optional(Type.String({ maxLength: 1000 })) },
    { additionalProperties: false },
  ),
  Type.Object({ action: Type.Literal('arsipkan'), version, reason: text(1000) }, { additionalProperties: false }),
])
export type ComplaintAct = Static<typeof ComplaintAct>

/** What ingest hands over, once per ticket code however often it is delivered. */
export type ReceivedComplaint = {
  code: string
  category: string
  text: string
  contact?: string
  anonymous: boolean
  language: string
  at: number
  hotspot: { node: string; name: string; kelurahan: string; kelurahanName: string; lat: number; lon: number }
  /** The hotspot's latest health and two hours of usage, as stored with the case. */
  telemetry: unknown
}

/** What the portal is told; carries no reporter's data. `version` is the case's. */
export type TicketNews = {
  code: string
  node: string
  version: number
  status: 'menunggu' | 'koordinasi' | 'disposisi' | 'proses' | 'selesai' | 'ditutup'
  office?: string
  answer?: string
  photo?: string
  at: number
}
