import type { ProblemPage } from '#edge/wire/page.ts'
import { Document } from '../document.tsx'
import { Icon } from '../icons.tsx'
import { Motif } from '../motif.tsx'
import { linkTo, paths } from '../paths.ts'
import type { Speak } from '../words/speak.ts'

export function Problem({ page, voice }: { page: ProblemPage; voice: Speak }) {
  const { say } = voice
  return (
    <Document frame={page} voice={voice} title={say(`error.${page.kind}.title`)}>
      <div class="hero all">
        <div>
          <h1>{say(`error.${page.kind}.title`)}</h1>
          <p class="lead">{say(`error.${page.kind}.text`)}</p>
        </div>
        <Motif area={page.hotspot.area} />
      </div>
      <div class="narrow">
        <a class="btn big" href={linkTo(paths.welcome, page.language)}>
          {say('error.home')}
          <Icon name="arrow" />
        </a>
      </div>
    </Document>
  )
}
