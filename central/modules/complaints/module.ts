/**
 * Citizen complaints (E-Monitoring / Lapor): from the portal of a hotspot to the office's answer.
 *
 * Law: UU 25/2009 on public services (Pasal 36-37: a complaint must be received, answered and followed up);
 * Perpres 76/2013 on managing public-service complaints (SP4N); PermenPANRB 62/2018, replaced by 5/2025, whose day counts
 * are rows (law.ts). UU 27/2022 on personal data: a contact is shown to few and forgotten in time.
 */
import type { GovernmentModule } from '../../platform/cases/module.ts'
import { seedRules } from '../../platform/rules/store.ts'
import type { Deliver } from '../../platform/notify/outbox.ts'
import type { ReceivedComplaint, TicketNews } from './api.ts'
import { closeAnswered } from './close-answered.ts'
import { COMPLAINT_RULES } from './law.ts'
import { complaintMigrations } from './migrations.ts'
import { complaintAccess } from './policy.ts'
import { complaintNumbers, openComplaintsByNode, type ComplaintNumbers } from './queries.ts'
import { receiveComplaint } from './receive.ts'
import { complaintRoutes } from './routes.ts'
import { seedRoutes } from './routing.ts'
import { forgetContacts } from './store.ts'
import { deliverTicketNews, HOTSPOT_CHANNEL } from './ticket-news.ts'

export type Complaints = ReturnType<typeof complaints.start>

export const complaints = {
  id: complaintAccess.module,
  title: 'Aduan',
  migrations: complaintMigrations,
  access: complaintAccess,
  async seed(db) {
    await seedRules(db, COMPLAINT_RULES)
    await seedRoutes(db)
  },
  start({ kernel, files }) {
    const { db } = kernel.database
    return {
      routes: complaintRoutes(kernel),
      receive: (arrival: ReceivedComplaint) => receiveComplaint(kernel, arrival),
      numbers: (): Promise<ComplaintNumbers> => complaintNumbers(db, kernel.now()),
      openByNode: (): Promise<Map<string, number>> => openComplaintsByNode(db),
      channels: (sendTicket: (news: TicketNews) => Promise<void>): Record<string, Deliver> => ({
        [HOTSPOT_CHANNEL]: deliverTicketNews(files, sendTicket),
      }),
      async tidy() {
        await forgetContacts(db, kernel.now())
        await closeAnswered(kernel)
      },
    }
  },
} satisfies GovernmentModule
