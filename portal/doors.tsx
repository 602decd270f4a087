import { Icon, type IconName } from './icons.tsx'
import { linkTo, paths } from './paths.ts'
import type { Speak } from './words/speak.ts'

/** What the portal does for everybody, online or not. */
export function Doors({
  voice: { say, language },
  code,
}: {
  voice: Speak
  /** With the way in by voucher or session code. */ code?: boolean
}) {
  return (
    <div class="doors">
      <Door to={linkTo(paths.complaint, language)} icon="aduan" title={say('nav.complain')} text={say('complain.card.text')} main />
      <Door to={linkTo(paths.ticket, language)} icon="search" title={say('nav.lookup')} text={say('lookup.card.text')} />
      {code && <Door to={linkTo(paths.code, language)} icon="key" title={say('code.card.title')} text={say('code.card.text')} />}
    </div>
  )
}

function Door({ to, icon, title, text, main }: { to: string; icon: IconName; title: string; text: string; main?: boolean }) {
  return (
    <a class={main ? 'door main' : 'door'} href={to}>
      <Icon name={icon} />
      <span>
        <b>{title}</b>
        <span>{text}</span>
      </span>
    </a>
  )
}
