import type { SessionEndCause } from '#edge/wire/session.ts'
import type { StatusPage } from '#edge/wire/page.ts'
import { AllowanceFacts, AllowanceNotes, Fact, ResumeCode } from '../allowance.tsx'
import { Document, Heading, Notice } from '../document.tsx'
import { Icon } from '../icons.tsx'
import { linkTo, paths } from '../paths.ts'
import { WORDS, type Speak } from '../words/speak.ts'

/** For browsers without scripts: slow enough to read in peace, quick enough that the time left is believed. */
const REFRESH_SECONDS = 60

type Part = { page: StatusPage; voice: Speak }

export function Status({ page, voice }: Part) {
  const { say } = voice
  return (
    <Document frame={page} voice={voice} title={say('status.title')} refreshSeconds={page.online ? REFRESH_SECONDS : undefined} island>
      <Heading title={say('status.title')} lead={`${page.hotspot.name}, ${page.hotspot.area}`} />
      <div class="narrow">
        <p class={`state ${page.online ? 'up' : 'off'}`}>
          <Icon name={page.online ? 'check' : 'info'} />
          <b>{say(page.online ? 'status.online' : 'status.offline')}</b>
        </p>
        {page.online ? <Online page={page} voice={voice} /> : <Offline page={page} voice={voice} />}
      </div>
    </Document>
  )
}

function Online({ page, voice }: Part) {
  const { say, duration, amount } = voice
  const { allowance } = page
  return (
    <>
      <div class="live" data-live>
        <dl class="facts">
          <Fact name={say('status.left')} wide>
            <time class="huge" datetime={`PT${page.secondsLeft}S`}>
              {duration(page.secondsLeft)}
            </time>
          </Fact>
          <Fact name={say('status.down')}>{amount(page.downOctets)}</Fact>
          <Fact name={say('status.up')}>{amount(page.upOctets)}</Fact>
          {allowance && <AllowanceFacts allowance={allowance} voice={voice} usedOctets={page.upOctets + page.downOctets} />}
        </dl>
        <p class="small">
          {page.countersAge < 2 ? say('status.now') : say('status.age', { duration: duration(page.countersAge) })}
          {' · '}
          <a href={linkTo(paths.status, page.language)}>{say('status.refresh')}</a>
        </p>
        {allowance && <AllowanceNotes allowance={allowance} voice={voice} />}
      </div>
      {allowance?.resumeCode && <ResumeCode code={allowance.resumeCode} voice={voice} />}
      <form class="leave" method="post" action={paths.disconnect}>
        <input type="hidden" name="b" value={page.language} />
        <button class="btn big quiet" type="submit">
          {say('status.disconnect')}
        </button>
        <p class="small">{say('status.disconnect.note')}</p>
      </form>
    </>
  )
}

function Offline({ page, voice: { say } }: Part) {
  return (
    <>
      {isEndCause(page.endedBecause) && (
        <Notice kind="info" title={say('status.last')}>
          {say(`ended.${page.endedBecause}`)}
        </Notice>
      )}
      <p>{say('status.offline.text')}</p>
      <a class="btn big" href={linkTo(paths.welcome, page.language)}>
        {say('status.start')}
        <Icon name="arrow" />
      </a>
      <a class="btn big quiet" href={linkTo(paths.code, page.language)}>
        {say('code.card.title')}
      </a>
    </>
  )
}

/** A cause this portal has no words for is left out rather than shown raw. */
const isEndCause = (cause: string | undefined): cause is SessionEndCause => cause !== undefined && Object.hasOwn(WORDS.id, `ended.${cause}`)
