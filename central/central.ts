/** Central put together from its parts, without the HTTP application: what main.ts starts and tests build on. */
import { join } from 'node:path'
import type { LiveEvent } from './noc/api.ts'
import { modules } from './modules.ts'
import { complaints, type Complaints } from './modules/complaints/module.ts'
import type { CaseNews, Kernel } from './platform/cases/kernel.ts'
import type { Database } from './platform/db/database.ts'
import { createFiles, type Files } from './platform/files/store.ts'
import { createLive } from './platform/live/live.ts'
import type { Live } from './platform/live/port.ts'
import { startOutbox, type Outbox } from './platform/notify/outbox.ts'
import type { TicketNews } from './modules/complaints/api.ts'

export type Central = {
  kernel: Kernel
  files: Files
  live: Live<LiveEvent>
  complaints: Complaints
  /** Begins delivering what the outbox holds. */
  startDelivery(sendTicket: (news: TicketNews) => Promise<void>): Outbox
}

export function createCentral(deps: {
  database: Database
  dataDir: string
  now?: () => number
  onError: (error: unknown) => void
}): Central {
  const { database, onError } = deps
  const now = deps.now ?? Date.now
  const access = modules.map((module) => module.access)
  let outbox: Outbox | null = null
  const news = createLive<CaseNews>(onError)
  const kernel: Kernel = { database, access, news, now, wake: () => outbox?.wake() }
  const files = createFiles({ folder: join(deps.dataDir, 'files'), database, access, now })
  const live = createLive<LiveEvent>(onError)
  // The wall hears that something moved; whoever may see what is told by live-routes.ts.
  news.subscribe(({ event }) => live.publish(event))
  const running = complaints.start({ kernel, files })
  return {
    kernel,
    files,
    live,
    complaints: running,
    startDelivery(sendTicket) {
      outbox = startOutbox({ database, channels: running.channels(sendTicket), now, onError })
      return outbox
    },
  }
}
