/** What the citizen's hotspot is told after each step: written with the step, delivered by the outbox. */
import type { Case } from '../../platform/cases/machine.ts'
import type { Trx } from '../../platform/db/database.ts'
import type { Deliver } from '../../platform/notify/outbox.ts'
import type { Files } from '../../platform/files/store.ts'
import type { ComplaintState, TicketNews } from './api.ts'
import { publicStatus } from './public-status.ts'
import { complaintOf, lastAnswer } from './store.ts'

export const HOTSPOT_CHANNEL = 'hotspot'

/** The photo is put in at delivery: the outbox holds its hash, not a hundred kilobytes. */
type QueuedNews = Omit<TicketNews, 'photo'> & { photoSha256?: string }

/** A box keeps only the newest, so each news is whole: a closed complaint still carries its answer. */
export async function ticketMessage(trx: Trx, subject: Case, at: number) {
  const state = subject.state as ComplaintState
  const complaint = await complaintOf(trx, subject.id)
  const office =
    subject.opdId === null ? undefined : await trx.selectFrom('opd').select('name').where('id', '=', subject.opdId).executeTakeFirst()
  const answer = state === 'dijawab' || state === 'selesai' ? await lastAnswer(trx, subject.id) : undefined
  const words = answer?.text ?? (state === 'diarsip' ? complaint.closingReason : null)
  const news: QueuedNews = {
    code: complaint.code,
    node: complaint.node,
    version: subject.version,
    status: publicStatus({ state, returned: complaint.returned > 0 }),
    ...(office ? { office: office.name } : {}),
    ...(words ? { answer: words } : {}),
    ...(answer?.photo ? { photoSha256: answer.photo } : {}),
    at,
  }
  return { channel: HOTSPOT_CHANNEL, key: `ticket:${news.node}:${news.code}:${news.version}`, payload: news }
}

export function deliverTicketNews(files: Files, sendTicket: (news: TicketNews) => Promise<void>): Deliver {
  return async (payload) => {
    const { photoSha256, ...news } = payload as QueuedNews
    const photo = photoSha256 === undefined ? {} : { photo: (await files.small(photoSha256)).toString('base64') }
    await sendTicket({ ...news, ...photo })
  }
}
