import type { TicketPage } from '#edge/wire/page.ts'
import { Document, Heading, Notice } from '../document.tsx'
import { Icon } from '../icons.tsx'
import { QrCode } from '../qr.tsx'
import type { Speak } from '../words/speak.ts'
import { Steps } from '../steps.tsx'

type Part = { page: TicketPage; voice: Speak }

export function Ticket({ page, voice }: Part) {
  const { say } = voice
  const isReceived = page.fresh && !page.inMemory
  return (
    <Document frame={page} voice={voice} title={`${say('ticket.title')} ${page.code}`}>
      <Heading title={say(isReceived ? 'ticket.fresh.title' : 'ticket.title')} lead={isReceived ? say('ticket.fresh.lead') : undefined} />
      <div class="narrow">
        <Stub page={page} voice={voice} />
        {!page.delivered && (
          <Notice kind="warn" title={say(page.inMemory ? 'ticket.memory.title' : 'ticket.waiting.title')}>
            {say(page.inMemory ? 'ticket.memory.text' : 'ticket.waiting.text')}
          </Notice>
        )}
        <Answer page={page} voice={voice} />
        <section aria-labelledby="steps-h">
          <h2 id="steps-h">{say('ticket.progress')}</h2>
          <Steps status={page.latest?.status ?? 'menunggu'} office={page.latest?.office} voice={voice} />
        </section>
        <History page={page} voice={voice} />
        <p class="small">{say('ticket.later')}</p>
      </div>
    </Document>
  )
}

/** The part people photograph: the code in two groups, big, with its QR. */
function Stub({ page, voice: { say, moment } }: Part) {
  const [first, second] = page.code.split('-')
  return (
    <div class="stub">
      <div>
        <p class="tag">{say('ticket.code')}</p>
        <p class="code" aria-hidden="true">
          <span>{first}</span>
          <i>-</i>
          <span>{second}</span>
        </p>
        <p class="vh">{page.code.split('').join(' ')}</p>
        <p class="small">{say('ticket.spell')}</p>
        {page.category && <p>{say('ticket.about', { kind: say(`kind.${page.category}`) })}</p>}
        {page.filedAt !== undefined && page.clockTrusted && <p class="small">{say('ticket.filed', { time: moment(page.filedAt) })}</p>}
        {page.delivered && (
          <p class="small ok">
            <Icon name="check" />
            {say('ticket.delivered')}
          </p>
        )}
      </div>
      <figure>
        <QrCode text={page.link ?? page.code} label={say('ticket.qr', { code: page.code })} />
        <figcaption class="small">{say('ticket.qr.note')}</figcaption>
      </figure>
    </div>
  )
}

function Answer({ page, voice: { say, moment } }: Part) {
  const { latest } = page
  const photo = jpegAddress(latest?.photo)
  if (!latest?.answer && !photo) return null
  return (
    <section class="answer" aria-labelledby="answer-h">
      <h2 id="answer-h">{say('ticket.answer')}</h2>
      {latest?.answer?.split(/\n+/).map((line) => (
        <p>{line}</p>
      ))}
      {photo && <img src={photo} alt={say('ticket.photo')} />}
      <p class="small">{[latest?.office, latest && moment(latest.at)].filter(Boolean).join(' · ')}</p>
    </section>
  )
}

function History({ page, voice: { say, moment } }: Part) {
  if (page.history.length === 0) return null
  return (
    <details class="fold">
      <summary>{say('ticket.history')}</summary>
      <ol>
        {page.history.map(({ status, office, at }) => (
          <li>
            <b>{say(`step.${status}`)}</b>
            {office && `, ${office}`}
            <span class="small"> {moment(at)}</span>
          </li>
        ))}
      </ol>
    </details>
  )
}

/** Anything that is not plain base64 of a JPEG is left out rather than shown. */
function jpegAddress(photo: string | undefined): string | undefined {
  return photo !== undefined && /^\/9j\/[A-Za-z0-9+/]+={0,2}$/.test(photo) ? `data:image/jpeg;base64,${photo}` : undefined
}
