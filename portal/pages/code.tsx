import type { CodePage } from '#edge/wire/page.ts'
import { CodeField } from '../code-field.tsx'
import { Document, Heading } from '../document.tsx'
import { Icon } from '../icons.tsx'
import { paths } from '../paths.ts'
import type { Speak } from '../words/speak.ts'

/** A voucher, or the rest of a session after the phone changed its address: one field for both. */
export function Code({ page, voice }: { page: CodePage; voice: Speak }) {
  const { say } = voice
  const problem = page.problem && { heading: say('code.heading.problem'), text: say(`code.problem.${page.problem}`) }
  return (
    <Document frame={page} voice={voice} title={say('code.title')}>
      <Heading title={say('code.title')} lead={say('code.lead')} />
      <div class="narrow">
        <form method="post" action={paths.code}>
          <input type="hidden" name="b" value={page.language} />
          <CodeField label={say('code.label')} hint={say('code.hint')} entered={page.entered} problem={problem} />
          <button class="btn big" type="submit">
            {say('code.button')}
            <Icon name="arrow" />
          </button>
        </form>
        <section class="uses" aria-labelledby="uses-h">
          <h2 id="uses-h">{say('code.uses')}</h2>
          <h3>{say('code.voucher.title')}</h3>
          <p>{say('code.voucher.text')}</p>
          <h3>{say('code.resume.title')}</h3>
          <p>{say('code.resume.text')}</p>
        </section>
      </div>
    </Document>
  )
}
