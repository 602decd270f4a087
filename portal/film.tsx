import type { Clip } from '#edge/wire/page.ts'
import { Icon } from './icons.tsx'
import { Motif } from './motif.tsx'
import type { Speak } from './words/speak.ts'

/** The film, or what stands in for it. The waiting time is the server's and runs the same either way. */
export function Film({ clip, area, voice: { say, language } }: { clip: Clip | undefined; area: string; voice: Speak }) {
  if (!clip) {
    return (
      <div class="nofilm">
        <Motif area={area} />
        <p>{say('film.missing')}</p>
      </div>
    )
  }
  return (
    <>
      <div class="film" data-film>
        <video
          controls
          playsInline
          muted
          preload="none"
          width="854"
          height="480"
          src={clip.src}
          poster={clip.poster}
          aria-label={clip.title}
          {...(clip.smallSrc ? { 'data-small': clip.smallSrc } : {})}
        >
          <track kind="captions" src={clip.captions} srclang={language === 'en' ? 'en' : 'id'} label={language === 'en' ? 'English' : 'Indonesia'} default />
          <p>{say('film.unsupported')}</p>
        </video>
        <button class="play" type="button" hidden>
          <Icon name="play" />
          <span>{say('film.play')}</span>
        </button>
      </div>
      <p class="notice info" role="status" data-fallback hidden>
        <Icon name="info" />
        <span>{say('film.fallback')}</span>
      </p>
      <details class="fold" data-transcript>
        <summary>{say('film.transcript')}</summary>
        <ol>
          {clip.transcript.map((line) => (
            <li>{line}</li>
          ))}
        </ol>
      </details>
    </>
  )
}
