import type { TicketLookupPage } from '#edge/wire/page.ts'
import { CodeField } from '../code-field.tsx'
import { Document, Heading } from '../document.tsx'
import { Icon } from '../icons.tsx'
import { paths } from '../paths.ts'
import type { Speak } from '../words/speak.ts'

export function TicketLookup({ page, voice: { say }, voice }: { page: TicketLookupPage; voice: Speak }) {
  const problem = page.problem && { heading: say('lookup.heading.problem'), text: say(`lookup.problem.${page.problem}`) }
  return (
    <Document frame={page} voice={voice} title={say('lookup.title')}>
      <Heading title={say('lookup.title')} lead={say('lookup.lead')} />
      <div class="narrow">
        <form method="get" action={paths.ticket}>
          <input type="hidden" name="b" value={page.language} />
          <CodeField label={say('lookup.code')} hint={say('ticket.spell')} entered={page.entered} problem={problem} />
          <button class="btn big" type="submit">
            {say('lookup.button')}
            <Icon name="arrow" />
          </button>
        </form>
      </div>
    </Document>
  )
}
