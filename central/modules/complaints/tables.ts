import type { Generated } from 'kysely'

export type ComplaintTables = {
  complaints: {
    caseId: number
    /** The ticket code, the citizen's key to the answer; the box that gave it is part of its identity. */
    code: string
    node: string
    hotspotName: string
    kelurahan: string
    kelurahanName: string
    category: string
    text: string
    language: string
    anonymous: 0 | 1
    /** By the box's clock, which may be wrong; the case's own time is central's. */
    filedAt: number
    /** JSON: the hotspot as it was, and its last hours. */
    telemetry: string
    /** How often an office sent it back to the desk. */
    returned: number
    /** Why it was archived, as told to the citizen. */
    closingReason: string | null
  }
  /** Apart from the complaint, so that it can be shown to few and forgotten by all. */
  complaintContacts: { caseId: number; contact: string; expiresAt: number | null }
  complaintInstructions: {
    id: Generated<number>
    caseId: number
    text: string
    fromUserId: number
    fromPositionId: number
    heldAs: string
    toPositionId: number
    dueAt: number
    createdAt: number
    doneAt: number | null
  }
  complaintAnswers: {
    id: Generated<number>
    caseId: number
    text: string
    photo: string | null
    userId: number
    positionId: number
    heldAs: string
    at: number
  }
  complaintRoutes: { id: Generated<number>; category: string; kelurahan: string | null; opdId: number; validFrom: string; basis: string }
}
