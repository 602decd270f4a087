import type { RefusedPage } from '#edge/wire/page.ts'
import { Document } from '../document.tsx'
import { Doors } from '../doors.tsx'
import { Icon } from '../icons.tsx'
import { Motif } from '../motif.tsx'
import { News } from '../news.tsx'
import { linkTo, paths } from '../paths.ts'
import type { Speak } from '../words/speak.ts'

/** An end this far away is none: the block stays until somebody lifts it. */
const NEVER_DAYS = 3_650

type Part = { page: RefusedPage; voice: Speak }

/** No internet for this device now: why, until when, and all that goes on working. */
export function Refused({ page, voice }: Part) {
  const { say, language } = voice
  return (
    <Document frame={page} voice={voice} title={say(`refused.${page.why}.title`)}>
      <div class="hero">
        <h1>{say(`refused.${page.why}.title`)}</h1>
        <Motif area={page.hotspot.area} />
        <p class="lead">{say(`refused.${page.why}.text`)}</p>
      </div>
      <div class="cols">
        <section class="card first">
          <Until page={page} voice={voice} />
          {page.note && (
            <blockquote class="said">
              <p class="tag">{say('refused.note')}</p>
              <p>{page.note}</p>
            </blockquote>
          )}
          <a class="btn big quiet" href={linkTo(paths.welcome, language)}>
            {say('refused.again')}
          </a>
        </section>
        <div class="side">
          <section aria-labelledby="open-h">
            <h2 id="open-h">{say('refused.open')}</h2>
            <Doors voice={voice} code={page.why !== 'blocked'} />
          </section>
          <News cards={page.news} heading={say('news.heading')} />
        </div>
      </div>
    </Document>
  )
}

/** Nothing is promised by a clock that nobody trusts. */
function Until({ page, voice: { say, until, duration } }: Part) {
  const seconds = Math.ceil((page.until - page.now) / 1_000)
  const never = seconds > NEVER_DAYS * 86_400
  if (!never && (seconds <= 0 || !page.clockTrusted)) return null
  return (
    <p class="when">
      <Icon name="clock" />
      {never ? (
        <b>{say('refused.until.never')}</b>
      ) : (
        <span>
          <b>{say('refused.until', { time: until(page.until, page.now) })}</b>
          <span class="small">{say('refused.until.left', { duration: duration(seconds) })}</span>
        </span>
      )}
    </p>
  )
}
