import type { VisitorDatabase } from '../sessions/database.ts'
import type { Moment } from '../sessions/moment.ts'
import type { ComplaintCategory } from '../wire/complaint.ts'
import type { TicketStatus } from '../wire/kept-message.ts'

export type Ticket = { code: string; category: ComplaintCategory; filed: Moment; seq: number }
export type NewTicket = Ticket & { form: string; device: string }
export type TicketStep = { status: TicketStatus['status']; office?: string; at: number }

/** A month at the hotspot's hourly limit without a pause; years in ordinary life. */
const TICKETS_MAX = 20_000
/** Photos of answers, up to 120 kB each: 60 MB of the card at most. The answer's words stay. */
const PHOTOS_MAX = 500

export type TicketStore = ReturnType<typeof ticketStore>

export function ticketStore(db: VisitorDatabase) {
  const byCode = db.prepare<[string], TicketRow>('SELECT * FROM tickets WHERE code = ?')
  const byForm = db.prepare<[string], TicketRow>('SELECT * FROM tickets WHERE form = ?')
  const recent = db.prepare<[], TicketRow>('SELECT * FROM tickets WHERE device IS NOT NULL')
  const insert = db.prepare(`INSERT INTO tickets VALUES (@code, @form, @device, @category, @filedAt, @filedMono, @boot, 0)`)
  const setSeq = db.prepare<[number, string]>('UPDATE tickets SET seq = ? WHERE code = ?')
  const forgetDevice = db.prepare<[string]>('UPDATE tickets SET device = NULL WHERE code = ?')
  // Oldest by order of arrival, never by date: a clock that jumps ten years ahead must not empty the tables.
  const pruneTickets = db.prepare<[number]>('DELETE FROM tickets WHERE rowid <= (SELECT max(rowid) FROM tickets) - ?')

  const latest = db.prepare<[string], { version: number; body: string }>('SELECT version, body FROM ticket_latest WHERE code = ?')
  const putLatest = db.prepare(`INSERT INTO ticket_latest VALUES (@code, @version, @body)
    ON CONFLICT (code) DO UPDATE SET version = excluded.version, body = excluded.body WHERE excluded.version > ticket_latest.version`)
  const putStep = db.prepare('INSERT OR IGNORE INTO ticket_steps VALUES (@code, @version, @status, @office, @at)')
  const steps = db.prepare<[string], StepRow>('SELECT status, office, at FROM ticket_steps WHERE code = ? ORDER BY version')
  const pruneLatest = db.prepare<[number]>('DELETE FROM ticket_latest WHERE rowid <= (SELECT max(rowid) FROM ticket_latest) - ?')
  const prunePhotos = db.prepare<[number]>(`UPDATE ticket_latest SET body = json_remove(body, '$.photo')
    WHERE rowid <= (SELECT max(rowid) FROM ticket_latest) - ? AND body ->> 'photo' IS NOT NULL`)
  const pruneSteps = db.prepare('DELETE FROM ticket_steps WHERE code NOT IN (SELECT code FROM ticket_latest)')

  return {
    byCode: (code: string): Ticket | undefined => mapped(byCode.get(code)),
    byForm: (form: string): Ticket | undefined => mapped(byForm.get(form)),
    /** Tickets that still carry their device, for the hourly limits. */
    recent: (): { code: string; device: string; filed: Moment }[] =>
      recent.all().map((row) => ({ code: row.code, device: row.device ?? '', filed: filedOf(row) })),
    forgetDevices: db.transaction((codes: string[]): void => {
      for (const code of codes) forgetDevice.run(code)
    }),

    /** The ticket and its record come to be together: when `record` throws, there is no ticket. */
    file: db.transaction((ticket: Omit<NewTicket, 'seq'>, record: () => number): void => {
      const { code, form, device, category, filed } = ticket
      insert.run({ code, form, device, category, filedAt: filed.at, filedMono: filed.mono, boot: filed.boot })
      setSeq.run(record(), code)
      pruneTickets.run(TICKETS_MAX)
    }),

    latest(code: string): TicketStatus | undefined {
      const row = latest.get(code)
      return row && (JSON.parse(row.body) as TicketStatus)
    },
    steps: (code: string): TicketStep[] =>
      steps.all(code).map(({ status, office, at }) => ({ status, at, ...(office === null ? {} : { office }) })),
    keepStatus: db.transaction((status: TicketStatus): void => {
      const { code, version, status: word, office, at } = status
      putLatest.run({ code, version, body: JSON.stringify(status) })
      putStep.run({ code, version, status: word, office: office ?? null, at })
      prunePhotos.run(PHOTOS_MAX)
      if (pruneLatest.run(TICKETS_MAX).changes > 0) pruneSteps.run()
    }),
  }
}

type TicketRow = {
  code: string
  form: string
  device: string | null
  category: ComplaintCategory
  filed_at: number
  filed_mono: number
  boot: string
  seq: number
}

type StepRow = { status: TicketStatus['status']; office: string | null; at: number }

const filedOf = (row: TicketRow): Moment => ({ at: row.filed_at, mono: row.filed_mono, boot: row.boot })

const mapped = (row: TicketRow | undefined): Ticket | undefined =>
  row && { code: row.code, category: row.category, filed: filedOf(row), seq: row.seq }
