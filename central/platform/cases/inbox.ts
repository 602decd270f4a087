/** Everything due to me, from all modules, overdue first. */
import { sql } from 'kysely'
import type { Db } from '../db/database.ts'
import type { Caller } from '../policy/port.ts'

export type InboxRow = {
  taskId: number
  caseId: number
  module: string
  number: string | null
  title: string
  state: string
  action: string
  dueAt: number | null
  createdAt: number
  unread: boolean
}

/** More than a person can look through; the list pages of each module go further. */
const INBOX_ROWS_MAX = 200

export async function inbox(db: Db, caller: Caller): Promise<InboxRow[]> {
  const positions = caller.positions.map((position) => position.id)
  if (positions.length === 0) return []
  const rows = await db
    .selectFrom('tasks')
    .innerJoin('cases', 'cases.id', 'tasks.caseId')
    .select(['tasks.id as taskId', 'tasks.caseId', 'cases.module', 'cases.number', 'cases.title', 'cases.state'])
    .select(['tasks.action', 'tasks.dueAt', 'tasks.createdAt', 'tasks.readAt'])
    .where('tasks.positionId', 'in', positions)
    .where('tasks.doneAt', 'is', null)
    .orderBy(sql`case when tasks.due_at is null then 1 else 0 end`)
    .orderBy('tasks.dueAt')
    .orderBy('tasks.id')
    .limit(INBOX_ROWS_MAX)
    .execute()
  return rows.map(({ readAt, ...row }) => ({ ...row, unread: readAt === null }))
}
