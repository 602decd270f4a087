import type { TicketLookupPage } from '#edge/wire/page.ts'
import { Document, Heading, Notice } from '../document.tsx'
import { Icon } from '../icons.tsx'
import { paths } from '../paths.ts'
import type { Speak } from '../words/speak.ts'

export function TicketLookup({ page, voice: { say }, voice }: { page: TicketLookupPage; voice: Speak }) {
  return (
    <Document frame={page} voice={voice} title={say('lookup.title')}>
      <Heading title={say('lookup.title')} lead={say('lookup.lead')} />
      <div class="narrow">
        {page.problem && (
          <Notice kind="down" title={say('lookup.heading.problem')} urgent>
            <span id="kode-problem">{say(`lookup.problem.${page.problem}`)}</span>
          </Notice>
        )}
        <form method="get" action={paths.ticket}>
          <input type="hidden" name="b" value={page.language} />
          <div class={`field ${page.problem ? 'bad' : ''}`}>
            <label for="kode">{say('lookup.code')}</label>
            <input
              class="codefield"
              id="kode"
              name="kode"
              type="text"
              required
              maxlength={12}
              autocomplete="off"
              autocapitalize="characters"
              spellcheck={false}
              value={page.entered}
              {...(page.problem ? { 'aria-describedby': 'kode-problem', 'aria-invalid': 'true' as const } : {})}
            />
            <p class="small">{say('ticket.spell')}</p>
          </div>
          <button class="btn big" type="submit">
            {say('lookup.button')}
            <Icon name="arrow" />
          </button>
        </form>
      </div>
    </Document>
  )
}
