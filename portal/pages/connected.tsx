import type { ConnectedPage } from '#edge/wire/page.ts'
import { AllowanceFacts, AllowanceNotes, ResumeCode } from '../allowance.tsx'
import { Document, Notice } from '../document.tsx'
import { Icon } from '../icons.tsx'
import { Motif } from '../motif.tsx'
import { linkTo, paths } from '../paths.ts'
import type { Speak } from '../words/speak.ts'

export function Connected({ page, voice }: { page: ConnectedPage; voice: Speak }) {
  const { say, duration } = voice
  const target = webAddress(page.continueTo)
  return (
    <Document frame={page} voice={voice} title={say('connected.title')}>
      <div class="hero all">
        <div>
          <p class="tick">
            <Icon name="check" />
          </p>
          <h1>{say('connected.title')}</h1>
          <p class="lead">{say('connected.lead', { duration: duration(page.secondsLeft) })}</p>
        </div>
        <Motif area={page.hotspot.area} />
      </div>
      <div class="narrow">
        {target && (
          <a class="btn big" href={target} rel="noreferrer">
            {say('connected.go')}
            <Icon name="arrow" />
          </a>
        )}
        <a class="btn big quiet" href={linkTo(paths.status, page.language)}>
          {say('nav.status')}
        </a>
        <Notice kind="info" title={say('connected.close')} />
        {page.allowance?.resumeCode && <ResumeCode code={page.allowance.resumeCode} voice={voice} />}
        {page.allowance && (
          <>
            <dl class="facts">
              <AllowanceFacts allowance={page.allowance} voice={voice} />
            </dl>
            <AllowanceNotes allowance={page.allowance} voice={voice} />
          </>
        )}
      </div>
    </Document>
  )
}

/** Only a web address may become a link: the visitor's first request is an outsider's string. */
function webAddress(text: string | undefined): string | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined
  const url = new URL(text)
  return (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' ? url.href : undefined
}
