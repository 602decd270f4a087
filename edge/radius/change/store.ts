/** What access points were asked for and what each group's sessions were told, over restarts. */
import type Database from 'better-sqlite3'
import type { Change } from './rules.ts'

/** Shown to whoever asks what became of them; then they are history, which central has as sessions. */
const KEPT_MS = 7 * 86_400_000
const KEPT_MAX = 2_000

type Row = Pick<Change, 'sessionKey' | 'generation' | 'kind' | 'reason' | 'state' | 'askedAt' | 'settledAt' | 'attempts' | 'detail'>

export type ChangeStore = {
  /** The newest first. */
  all(): Row[]
  /** False when the disk takes nothing; then it counts in memory only. */
  put(change: Change): boolean
  prune(now: number): void
  /** Limits by group. */
  told(): Map<string, string>
  tell(group: string, limits: string): void
}

export function changeStore(db: Database.Database, commit: (work: () => void) => 'durable' | 'failed'): ChangeStore {
  const all = db.prepare<[number], Row>(
    `SELECT session_key AS sessionKey, generation, kind, reason, state, asked_at AS askedAt, settled_at AS settledAt, attempts, detail
       FROM change ORDER BY asked_at DESC, session_key LIMIT ?`,
  )
  const put = db.prepare('INSERT OR REPLACE INTO change VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const prune = db.prepare<[number]>('DELETE FROM change WHERE asked_at < ?')
  const told = db.prepare<[], { group: string; limits: string }>('SELECT group_name AS "group", limits FROM told')
  const tell = db.prepare<[string, string]>('INSERT OR REPLACE INTO told VALUES (?, ?)')
  return {
    all: () => all.all(KEPT_MAX),
    put: ({ sessionKey, generation, kind, reason, state, askedAt, settledAt, attempts, detail }) =>
      commit(() => void put.run(sessionKey, generation, kind, reason, state, askedAt, settledAt, attempts, detail)) === 'durable',
    prune: (now) => void commit(() => void prune.run(now - KEPT_MS)),
    told: () => new Map(told.all().map(({ group, limits }) => [group, limits])),
    tell: (group, limits) => void commit(() => void tell.run(group, limits)),
  }
}
