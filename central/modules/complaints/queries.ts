/** Lists and counts of complaints, through the kernel's row access. */
import { sql, type RawBuilder, type SqlBool } from 'kysely'
import type { Static } from 'typebox'
import { startOfDay, dayInCity } from '../../platform/calendar/days.ts'
import { loadCalendar } from '../../platform/calendar/store.ts'
import { visibleTo } from '../../platform/cases/access.ts'
import type { Db } from '../../platform/db/database.ts'
import type { Caller } from '../../platform/policy/port.ts'
import { complaintAccess } from './policy.ts'
import { COMPLAINT_STATES, type ComplaintList, type ComplaintQuery, type ComplaintRow, type ComplaintState } from './api.ts'
import type { ComplaintTables } from './tables.ts'

const PAGE_SIZE = 50
const EXCERPT_CHARACTERS = 160
const LATEST_ON_WALL = 8
const MODULE = complaintAccess.module

type Filter = Static<typeof ComplaintQuery>

export async function listComplaints(db: Db, caller: Caller, filter: Filter, now: number): Promise<ComplaintList> {
  const offset = ((filter.page ?? 1) - 1) * PAGE_SIZE
  const found = await rowsQuery(db, caller)
    .where(matching(filter, caller, true))
    .orderBy(sql`case when cases.due_at is null then 1 else 0 end`)
    .orderBy('cases.dueAt')
    .orderBy('cases.id', 'desc')
    .limit(PAGE_SIZE)
    .offset(offset)
    .execute()
  const counted = await joined(db)
    .select(['cases.state', (e) => e.fn.countAll<number>().as('n')])
    .select((e) => e.fn.countAll<number>().filterWhere('cases.dueAt', '<', now).as('overdue'))
    .select(sql<number>`count(*) filter (where ${mine(caller)})`.as('mine'))
    .where(visibleTo(caller, [complaintAccess]))
    .where(matching(filter, caller, false))
    .groupBy('cases.state')
    .execute()
  const sum = (of: 'n' | 'overdue' | 'mine') => counted.reduce((total, row) => total + row[of], 0)
  const inState = (state: ComplaintState) => counted.find((row) => row.state === state)?.n ?? 0
  const states = Object.fromEntries(COMPLAINT_STATES.map((state) => [state, inState(state)]))
  const counts = { ...states, overdue: sum('overdue'), mine: sum('mine') }
  const total = filter.state ? inState(filter.state) : sum('n')
  const { lastLoadedYear } = await loadCalendar(db)
  return { at: now, rows: found.map((row) => asRow(row, now, lastLoadedYear)), total, pageSize: PAGE_SIZE, counts }
}

/** The row whatever the caller may see: for a page whose case was just checked. */
export async function complaintRow(db: Db, caller: Caller, caseId: number, now: number): Promise<ComplaintRow> {
  const row = await selected(joined(db), caller).where('cases.id', '=', caseId).executeTakeFirstOrThrow()
  return asRow(row, now, (await loadCalendar(db)).lastLoadedYear)
}

const joined = (db: Db) =>
  db
    .withTables<ComplaintTables>()
    .selectFrom('cases')
    .innerJoin('complaints', 'complaints.caseId', 'cases.id')
    .leftJoin('opd', 'opd.id', 'cases.opdId')

const rowsQuery = (db: Db, caller: Caller) => selected(joined(db), caller).where(visibleTo(caller, [complaintAccess]))

function selected(query: ReturnType<typeof joined>, caller: Caller) {
  return query
    .select(['cases.id as caseId', 'cases.number', 'cases.state', 'cases.version', 'cases.dueAt', 'cases.createdAt'])
    .select(['complaints.category', 'complaints.text', 'complaints.node', 'complaints.hotspotName', 'complaints.kelurahanName'])
    .select(['opd.id as opdId', 'opd.name as opdName', 'opd.short as opdShort'])
    .select(sql<number>`case when ${mine(caller)} then 1 else 0 end`.as('mine'))
}

type SelectedRow = Awaited<ReturnType<ReturnType<typeof selected>['execute']>>[number]

const asRow = (row: SelectedRow, now: number, lastLoadedYear: number): ComplaintRow => ({
  caseId: row.caseId,
  number: row.number ?? '',
  category: row.category,
  excerpt: row.text.length > EXCERPT_CHARACTERS ? `${row.text.slice(0, EXCERPT_CHARACTERS - 1)}…` : row.text,
  state: row.state as ComplaintState,
  version: row.version,
  opd: row.opdId === null ? null : { id: row.opdId, name: row.opdName!, short: row.opdShort! },
  area: row.kelurahanName,
  hotspot: { node: row.node, name: row.hotspotName },
  receivedAt: row.createdAt,
  dueAt: row.dueAt,
  overdue: row.dueAt !== null && row.dueAt < now,
  dueProvisional: row.dueAt !== null && Number(dayInCity(row.dueAt).slice(0, 4)) > lastLoadedYear,
  mine: row.mine === 1,
})

function mine(caller: Caller): RawBuilder<SqlBool> {
  const positions = caller.positions.map((position) => position.id)
  const list = sql.join(positions.length > 0 ? positions : [-1])
  return sql`exists (select 1 from tasks where tasks.case_id = cases.id and tasks.done_at is null and tasks.position_id in (${list}))`
}

/** `withState: false` counts by state over the same filter. */
function matching(filter: Filter, caller: Caller, withState: boolean): RawBuilder<SqlBool> {
  const conditions: RawBuilder<SqlBool>[] = [sql`cases.module = ${MODULE}`]
  if (withState && filter.state) conditions.push(sql`cases.state = ${filter.state}`)
  if (filter.category) conditions.push(sql`complaints.category = ${filter.category}`)
  if (filter.opd !== undefined) conditions.push(sql`cases.opd_id = ${filter.opd}`)
  if (filter.node) conditions.push(sql`complaints.node = ${filter.node}`)
  if (filter.mine) conditions.push(mine(caller))
  if (filter.q?.trim()) {
    const pattern = `%${filter.q
      .trim()
      .toLowerCase()
      .replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`
    conditions.push(sql`(lower(complaints.text) like ${pattern} escape '\\' or lower(cases.number) like ${pattern} escape '\\'
      or lower(complaints.kelurahan_name) like ${pattern} escape '\\' or lower(complaints.hotspot_name) like ${pattern} escape '\\')`)
  }
  return sql`(${sql.join(conditions, sql` and `)})`
}

/** Answered complaints whose last deadline has passed, the longest first. */
export async function answeredUntil(db: Db, now: number, limit: number): Promise<{ id: number; version: number }[]> {
  const answered: ComplaintState = 'dijawab'
  return db
    .selectFrom('cases')
    .select(['id', 'version'])
    .where('module', '=', MODULE)
    .where('state', '=', answered)
    .where('dueAt', '<', now)
    .orderBy('dueAt')
    .orderBy('id')
    .limit(limit)
    .execute()
}

export type ComplaintNumbers = {
  open: number
  overdue: number
  today: number
  answeredToday: number
  /** Nothing a citizen wrote: a wall hangs where everyone passes. */
  latest: { number: string; category: string; area: string; status: ComplaintState; at: number }[]
}

/** For the wall and the NOC's head line. */
export async function complaintNumbers(db: Db, now: number): Promise<ComplaintNumbers> {
  const midnight = startOfDay(dayInCity(now))
  const counts = await db
    .selectFrom('cases')
    .select((e) => [
      e.fn.countAll<number>().filterWhere('finishedAt', 'is', null).as('open'),
      e.fn.countAll<number>().filterWhere('finishedAt', 'is', null).filterWhere('dueAt', '<', now).as('overdue'),
      e.fn.countAll<number>().filterWhere('createdAt', '>=', midnight).as('today'),
    ])
    .where('module', '=', MODULE)
    .executeTakeFirstOrThrow()
  const answered = await db
    .withTables<ComplaintTables>()
    .selectFrom('complaintAnswers')
    .select((e) => e.fn.count<number>('caseId').distinct().as('n'))
    .where('at', '>=', midnight)
    .executeTakeFirstOrThrow()
  const latest = await joined(db)
    .select(['cases.number', 'complaints.category', 'complaints.kelurahanName', 'cases.state', 'cases.createdAt'])
    .where('cases.module', '=', MODULE)
    .orderBy('cases.id', 'desc')
    .limit(LATEST_ON_WALL)
    .execute()
  return {
    ...counts,
    answeredToday: answered.n,
    latest: latest.map((row) => ({
      number: row.number ?? '',
      category: row.category,
      area: row.kelurahanName,
      status: row.state as ComplaintState,
      at: row.createdAt,
    })),
  }
}

/** Open complaints per hotspot; hotspots without one are absent. */
export async function openComplaintsByNode(db: Db): Promise<Map<string, number>> {
  const rows = await joined(db)
    .select(['complaints.node', (e) => e.fn.countAll<number>().as('n')])
    .where('cases.module', '=', MODULE)
    .where('cases.finishedAt', 'is', null)
    .groupBy('complaints.node')
    .execute()
  return new Map(rows.map((row) => [row.node, row.n]))
}
