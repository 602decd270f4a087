import type { StatusPage } from '#edge/wire/page.ts'
import { Document, Heading } from '../document.tsx'
import { Icon } from '../icons.tsx'
import { linkTo, paths } from '../paths.ts'
import type { Speak } from '../words/speak.ts'

/** For browsers without scripts: slow enough to read in peace, quick enough that the time left is believed. */
const REFRESH_SECONDS = 60

export function Status({ page, voice }: { page: StatusPage; voice: Speak }) {
  const { say, duration, amount } = voice
  return (
    <Document frame={page} voice={voice} title={say('status.title')} refreshSeconds={page.online ? REFRESH_SECONDS : undefined} island>
      <Heading title={say('status.title')} lead={`${page.hotspot.name}, ${page.hotspot.area}`} />
      <div class="narrow">
        <p class={`state ${page.online ? 'up' : 'off'}`}>
          <Icon name={page.online ? 'check' : 'info'} />
          <b>{say(page.online ? 'status.online' : 'status.offline')}</b>
        </p>
        {page.online ? (
          <>
            <div data-live>
              <dl class="facts">
                <div class="wide">
                  <dt>{say('status.left')}</dt>
                  <dd class="huge">{duration(page.secondsLeft)}</dd>
                </div>
                <div>
                  <dt>{say('status.down')}</dt>
                  <dd>{amount(page.downOctets)}</dd>
                </div>
                <div>
                  <dt>{say('status.up')}</dt>
                  <dd>{amount(page.upOctets)}</dd>
                </div>
              </dl>
              <p class="small">
                {page.countersAge < 2 ? say('status.now') : say('status.age', { duration: duration(page.countersAge) })}
                {' · '}
                <a href={linkTo(paths.status, page.language)}>{say('status.refresh')}</a>
              </p>
            </div>
            <form class="leave" method="post" action={paths.disconnect}>
              <input type="hidden" name="b" value={page.language} />
              <button class="btn big quiet" type="submit">
                {say('status.disconnect')}
              </button>
              <p class="small">{say('status.disconnect.note')}</p>
            </form>
          </>
        ) : (
          <>
            <p>{say('status.offline.text')}</p>
            <a class="btn big" href={linkTo(paths.welcome, page.language)}>
              {say('status.start')}
              <Icon name="arrow" />
            </a>
          </>
        )}
      </div>
    </Document>
  )
}
