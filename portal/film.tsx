import type { Clip } from '#edge/wire/page.ts'
import { Icon } from './icons.tsx'
import { Motif } from './motif.tsx'
import type { Speak } from './words/speak.ts'

type FilmProps = { clip: Clip | undefined; area: string; waiting: boolean; voice: Speak }

/** The film, or what stands in for it. The waiting time is the server's and runs the same either way. */
export function Film({ clip, area, waiting, voice: { say, language } }: FilmProps) {
  if (!clip) {
    return (
      <div class="nofilm">
        <Motif area={area} />
        <p>
          {say('film.missing')} {waiting && say('film.clock')}
        </p>
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
          {/* The picture carries its words in Indonesian already. */}
          <track kind="captions" src={clip.captions} srclang={language} label={say('language.name')} default={language !== 'id'} />
          <p>{say('film.unsupported')}</p>
        </video>
        <button class="play" type="button" hidden>
          <Icon name="play" />
          <span>{say('film.play')}</span>
        </button>
      </div>
      <output class="notice info" data-fallback hidden>
        <Icon name="info" />
        <span>
          {say('film.fallback')} {waiting && say('film.clock')}
        </span>
      </output>
    </>
  )
}

/** The film's words, for those who cannot see or hear it and where it does not play. */
export function Transcript({ clip, voice: { say } }: { clip: Clip; voice: Speak }) {
  return (
    <details class="fold" data-transcript>
      <summary>{say('film.transcript')}</summary>
      <ol>
        {clip.transcript.map((line) => (
          <li>{line}</li>
        ))}
      </ol>
    </details>
  )
}
