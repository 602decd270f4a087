/** Every table of the platform. A module adds its own at its store by `db.withTables<…>()`. */
import type { Generated } from 'kysely'
import type { Role } from '../accounts/api.ts'
import type { Caller } from '../policy/port.ts'

type Id = Generated<number>
/** Unix milliseconds. */
type Time = number
/** Calendar date in the city's zone, YYYY-MM-DD. */
type Day = string
type Json = string
type Flag = 0 | 1
export type HeldAs = Caller['positions'][number]['as']
export type Secrecy = 'biasa' | 'terbatas' | 'rahasia' | 'sangat_rahasia'

export type PlatformTables = {
  migrations: { name: string; ranAt: Time }

  opd: { id: Id; name: string; short: string; kind: string; parentId: number | null; validFrom: Day; validUntil: Day | null }

  users: {
    id: Id
    username: string | null
    name: string
    passwordHash: string | null
    createdAt: Time
    disabledAt: Time | null
  }
  positions: { id: Id; opdId: number; name: string; role: Role; signs: Flag }
  /** Who fills a position, from the first to the last day inclusive. */
  holders: { id: Id; positionId: number; userId: number; heldAs: HeldAs; fromDay: Day; untilDay: Day | null; decree: string | null }
  sessions: {
    id: string
    tokenHash: string
    userId: number
    byCode: Flag
    createdAt: Time
    lastSeenAt: Time
    userAgent: string
    endedAt: Time | null
  }
  oneTimeCodes: {
    id: Id
    codeHash: string
    purpose: 'admin' | 'invite'
    userId: number | null
    createdAt: Time
    expiresAt: Time
    usedAt: Time | null
  }

  audit: {
    number: number
    at: Time
    userId: number | null
    positionId: number | null
    heldAs: string | null
    subject: string
    caseId: number | null
    action: string
    payloadHash: string
    prev: string
    hash: string
  }
  auditHead: { id: number; number: number; hash: string }
  /** What an entry says, kept apart so that it can be erased while the chain stays whole. */
  auditPayloads: { number: number; salt: string; payload: Json | null; erasedAt: Time | null }

  cases: {
    id: Id
    module: string
    kind: string
    number: string | null
    title: string
    state: string
    version: number
    opdId: number | null
    ownerPositionId: number | null
    createdBy: number | null
    area: string | null
    lat: number | null
    lon: number | null
    secrecy: Secrecy
    dueAt: Time | null
    pausedSince: Time | null
    /** The day whose rules of law apply to this case for its whole life. */
    rulesDay: Day
    createdAt: Time
    updatedAt: Time
    finishedAt: Time | null
    idempotencyKey: string | null
  }
  tasks: {
    id: Id
    caseId: number
    positionId: number
    action: string
    dueAt: Time | null
    createdAt: Time
    readAt: Time | null
    doneAt: Time | null
    outcome: string | null
  }

  series: { key: string; last: number }
  holidays: { day: Day; name: string; kind: 'nasional' | 'cuti_bersama' | 'lokal'; basis: string; provisional: Flag }
  rules: { id: Id; key: string; value: Json; validFrom: Day; basis: string }

  files: { sha256: string; mime: string; octets: number; width: number; height: number; createdAt: Time }
  fileUploads: { sha256: string; userId: number; at: Time }
  caseFiles: { sha256: string; caseId: number; at: Time }

  outbox: {
    id: Id
    channel: string
    key: string
    payload: Json
    createdAt: Time
    attempts: number
    nextAt: Time
    deliveredAt: Time | null
    lastError: string | null
  }
}
