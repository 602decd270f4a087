/** One of several processes at work on one PostgreSQL: opens complaints of its own and races for shared ones. */
import { text } from 'node:stream/consumers'
import { perform } from '#central/modules/complaints/perform.ts'
import { openDatabase } from '#central/platform/db/database.ts'
import { arrival, callerOf, centralOn } from './central.ts'

export type KernelWork = { prefix: string; opens: number; shared: number[]; userId: number; opdId: number }
export type KernelDone = { opened: number; won: number; lost: number }

const url = process.argv[2]
if (url) {
  const work = JSON.parse(await text(process.stdin)) as KernelWork
  const database = await openDatabase({ url })
  const parts = centralOn(database)
  try {
    const caller = await callerOf(parts, work.userId)
    const opening = Array.from({ length: work.opens }, (_, n) =>
      parts.complaints.receive(arrival({ code: `${work.prefix}-${String(n).padStart(4, '0')}` })),
    )
    const racing = work.shared.map((caseId) => perform(parts.kernel, caller, caseId, { action: 'teruskan', version: 1, opdId: work.opdId }))
    const outcomes = await Promise.all(racing)
    const opened = (await Promise.all(opening)).filter(({ fresh }) => fresh).length
    const won = outcomes.filter(({ ok }) => ok).length
    const lost = outcomes.filter((outcome) => !outcome.ok && outcome.reason === 'stale').length
    process.stdout.write(JSON.stringify({ opened, won, lost } satisfies KernelDone))
  } finally {
    await database.close()
    parts.forget()
  }
}
