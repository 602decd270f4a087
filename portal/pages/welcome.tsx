import type { WelcomePage } from '#edge/wire/page.ts'
import { Document, Notice } from '../document.tsx'
import { Film, Transcript } from '../film.tsx'
import { dayLine, greetingKey } from '../greeting.ts'
import { Icon } from '../icons.tsx'
import { Doors } from '../doors.tsx'
import { Motif } from '../motif.tsx'
import { News } from '../news.tsx'
import { paths } from '../paths.ts'
import type { Speak } from '../words/speak.ts'

export function Welcome({ page, voice }: { page: WelcomePage; voice: Speak }) {
  const { say } = voice
  const clip = page.clip && { ...page.clip, ...page.clip.words?.[page.language] }
  const waiting = !page.uplinkDown && page.secondsLeft > 0
  return (
    <Document frame={page} voice={voice} title={say('welcome.title')} refreshSeconds={waiting ? page.secondsLeft + 1 : undefined} island>
      <Hero page={page} voice={voice} />
      <div class="cols">
        <section class="card first" aria-labelledby="film-h">
          {page.uplinkDown && (
            <Notice kind="down" title={say('notice.uplink.title')}>
              {say('notice.uplink.text')}
            </Notice>
          )}
          <h2 id="film-h" class={clip ? 'over' : ''}>
            {clip ? clip.title : say('film.heading')}
          </h2>
          <Film clip={clip} area={page.hotspot.area} waiting={waiting} voice={voice} />
          {!page.uplinkDown && <Continue page={page} voice={voice} />}
          {clip && <Transcript clip={clip} voice={voice} />}
        </section>
        <div class="side">
          <Doors voice={voice} code />
          <News cards={page.news} heading={say('news.heading')} />
          <Privacy voice={voice} />
        </div>
      </div>
    </Document>
  )
}

function Hero({ page, voice: { say, language, duration } }: { page: WelcomePage; voice: Speak }) {
  const lead = page.secondsLeft > 0 ? 'welcome.lead' : 'welcome.lead.ready'
  return (
    <div class="hero">
      {page.clockTrusted && <p class="day">{dayLine(page.now, language)}</p>}
      <div>
        <h1>{say(greetingKey(page.now, page.clockTrusted))}</h1>
        <p class="here">
          <Icon name="place" />
          <span>
            {say('place.here')} <b>{page.hotspot.name}</b>, {page.hotspot.area}
          </span>
        </p>
      </div>
      <Motif area={page.hotspot.area} />
      {!page.uplinkDown && <p class="lead">{say(lead, { duration: duration(page.sessionMinutes * 60) })}</p>}
    </div>
  )
}

/** A plain form: it works before, without and after the script. The island only disables the button until the time is up. */
function Continue({ page, voice }: { page: WelcomePage; voice: Speak }) {
  const { say, duration } = voice
  const waiting = page.secondsLeft > 0
  return (
    <form
      class="go"
      method="post"
      action={paths.continue}
      data-seconds={page.secondsLeft}
      data-wait={say('continue.wait')}
      data-ready={say('continue.ready')}
    >
      {page.early && (
        <Notice kind="warn" title={say('notice.early.title')} urgent>
          {say('notice.early.text', { duration: duration(page.secondsLeft) })}
        </Notice>
      )}
      <input type="hidden" name="token" value={page.token} />
      <input type="hidden" name="b" value={page.language} />
      <p class="count">
        <span data-count>{waiting ? say('continue.wait', { seconds: page.secondsLeft }) : say('continue.ready')}</span>
        <progress
          max={Math.max(30, page.secondsLeft)}
          value={Math.max(30, page.secondsLeft) - page.secondsLeft}
          aria-label={say('continue.progress')}
        />
      </p>
      <output class="vh" data-say />
      {waiting && (
        <noscript>
          <p class="small">{say('continue.noscript')}</p>
        </noscript>
      )}
      <button class="btn big" type="submit">
        {say('continue.button')}
        <Icon name="arrow" />
      </button>
      <p class="small">{say('continue.terms')}</p>
    </form>
  )
}

function Privacy({ voice: { say } }: { voice: Speak }) {
  return (
    <details class="fold">
      <summary>{say('privacy.heading')}</summary>
      <ul>
        <li>{say('privacy.device')}</li>
        <li>{say('privacy.central')}</li>
        <li>{say('privacy.day')}</li>
        <li>{say('privacy.content')}</li>
        <li>{say('privacy.complaint')}</li>
      </ul>
    </details>
  )
}
