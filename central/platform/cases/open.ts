import { appendAudit } from '../audit/store.ts'
import { dayInCity } from '../calendar/days.ts'
import type { Trx } from '../db/database.ts'
import { enqueue } from '../notify/outbox.ts'
import { takeNumber } from '../numbering/numbering.ts'
import { audienceOf } from './access.ts'
import type { Written } from './act.ts'
import type { Kernel } from './kernel.ts'
import type { Case, Effects, Machine } from './machine.ts'
import { caseIdByKey, insertCase, openTasks, type NewCase } from './store.ts'

export type OpenOrder = Pick<NewCase, 'kind' | 'title' | 'area' | 'lat' | 'lon' | 'secrecy'> & {
  /** The same arrival delivered twice opens one case. */
  idempotencyKey: string
  /** Null when a citizen or a machine opened it. */
  userId: number | null
  /** The series its number comes from at once; without, a later action takes one. */
  number?: string
  effects: (trx: Trx, at: number) => Promise<Effects>
  write: (trx: Trx, opened: Case, at: number) => Promise<Written>
}

export type Opened = { caseId: number; fresh: boolean }

/** Opens a case in the machine's first state, with its tasks, number, audit entry and messages, or finds it open already. */
export async function openCase<State extends string, FactsOf extends Record<string, unknown>>(
  kernel: Kernel,
  machine: Machine<State, FactsOf>,
  order: OpenOrder,
): Promise<Opened> {
  const at = kernel.now()
  const { module } = machine
  const known = await caseIdByKey(kernel.database.db, module, order.idempotencyKey)
  if (known !== undefined) return { caseId: known, fresh: false }
  const outcome = await kernel.database.transaction(async (trx) => {
    const effects = await order.effects(trx, at)
    const { kind, title, area, lat, lon, secrecy, idempotencyKey } = order
    const fresh = { module, kind, title, area, lat, lon, secrecy, idempotencyKey, state: machine.start, number: null }
    const opened = await insertCase(trx, { ...fresh, createdBy: order.userId, rulesDay: dayInCity(at) }, effects, at)
    if (!opened) return null
    if (order.number) {
      opened.number = await takeNumber(trx, order.number, at)
      await trx.updateTable('cases').set({ number: opened.number }).where('id', '=', opened.id).execute()
    }
    await openTasks(trx, opened.id, effects.tasks ?? [], at)
    const written = await order.write(trx, opened, at)
    await appendAudit(trx, {
      at,
      userId: order.userId,
      subject: module,
      caseId: opened.id,
      action: 'open',
      payload: { ...written.payload, summary: written.summary, to: opened.state, version: 1 },
    })
    for (const message of written.messages ?? []) await enqueue(trx, { ...message, at })
    return {
      opened,
      audience: audienceOf(
        null,
        opened,
        (effects.tasks ?? []).map((task) => task.positionId),
      ),
    }
  })
  if (!outcome) return { caseId: (await caseIdByKey(kernel.database.db, module, order.idempotencyKey))!, fresh: false }
  const { opened, audience } = outcome
  kernel.wake()
  kernel.news.publish({
    type: 'case',
    event: { type: 'case', caseId: opened.id, module, state: opened.state, version: opened.version },
    audience,
  })
  return { caseId: opened.id, fresh: true }
}
