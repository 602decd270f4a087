/** Turns a page's props into HTML. Built by portal/vite.config.ts into one file that the box imports. */
import type { VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'
import type { Page } from '#edge/wire/page.ts'
import { Code } from './pages/code.tsx'
import { ComplaintForm } from './pages/complaint.tsx'
import { Connected } from './pages/connected.tsx'
import { Problem } from './pages/problem.tsx'
import { Refused } from './pages/refused.tsx'
import { Status } from './pages/status.tsx'
import { Ticket } from './pages/ticket.tsx'
import { TicketLookup } from './pages/ticket-lookup.tsx'
import { Welcome } from './pages/welcome.tsx'
import { speak } from './words/speak.ts'

export { inlineStyleHashes } from './style.ts'

export function render(page: Page): string {
  return `<!doctype html>${renderToString(screen(page))}`
}

function screen(page: Page): VNode {
  const voice = speak(page.language)
  switch (page.page) {
    case 'welcome':
      return <Welcome page={page} voice={voice} />
    case 'refused':
      return <Refused page={page} voice={voice} />
    case 'code':
      return <Code page={page} voice={voice} />
    case 'connected':
      return <Connected page={page} voice={voice} />
    case 'status':
      return <Status page={page} voice={voice} />
    case 'complaint':
      return <ComplaintForm page={page} voice={voice} />
    case 'ticket':
      return <Ticket page={page} voice={voice} />
    case 'ticket-lookup':
      return <TicketLookup page={page} voice={voice} />
    case 'problem':
      return <Problem page={page} voice={voice} />
  }
}
