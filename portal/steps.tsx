import type { TicketStatus } from '#edge/wire/kept-message.ts'
import { Icon } from './icons.tsx'
import type { Speak } from './words/speak.ts'

type Word = TicketStatus['status']
const CHAIN: Word[] = ['menunggu', 'koordinasi', 'disposisi', 'proses', 'selesai']

/** Where a ticket stands: a tick, a filled ring or a hollow ring, each with its word. */
export function Steps({ status, office, voice: { say } }: { status: Word; office: string | undefined; voice: Speak }) {
  const chain: Word[] = status === 'ditutup' ? ['menunggu', 'koordinasi', 'ditutup'] : CHAIN
  const current = chain.indexOf(status)
  const ended = status === 'selesai' || status === 'ditutup'
  return (
    <ol class="steps">
      {chain.map((step, index) => {
        const place = index < current || (ended && index === current) ? 'done' : index === current ? 'now' : 'next'
        return (
          <li class={place} {...(index === current ? { 'aria-current': 'step' as const } : {})}>
            <span class="mark">{place === 'done' && <Icon name="check" />}</span>
            <div>
              <b>{say(`step.${step}`)}</b> <span class="small">{say(`step.${place}`)}</span>
              {index === current && (
                <p>
                  {say(`step.${step}.note`)} {office && <strong>{say('ticket.office', { office })}.</strong>}
                </p>
              )}
            </div>
          </li>
        )
      })}
    </ol>
  )
}
