import type { Allowance } from '#edge/wire/page.ts'
import type { ComponentChildren } from 'preact'
import { Notice } from './document.tsx'
import { linkTo, paths } from './paths.ts'
import type { Speak } from './words/speak.ts'

type Part = { allowance: Allowance; voice: Speak }

/** One line of a `.facts` list. */
export function Fact({ name, wide, children }: { name: string; wide?: boolean; children: ComponentChildren }) {
  return (
    <div {...(wide ? { class: 'wide' } : {})}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** What this visitor may use; `usedOctets` is this session's share, absent where it is not told. */
export function AllowanceFacts({ allowance, voice, usedOctets }: Part & { usedOctets?: number }) {
  const { say, amount, speed } = voice
  const { group, octetsLeft, rate } = allowance
  const limited = rate && (rate.downKbps > 0 || rate.upKbps > 0)
  return (
    <>
      {octetsLeft !== undefined && (
        <Fact name={say('status.data')} wide>
          {amount(octetsLeft)}
          {usedOctets !== undefined && (
            <span class="small">
              <progress max={Math.max(1, usedOctets + octetsLeft)} value={octetsLeft} aria-label={say('status.data')} />
              {say('status.data.used', { used: amount(usedOctets) })}
            </span>
          )}
        </Fact>
      )}
      {limited && (
        <Fact name={say('status.speed')} wide>
          <span class="modest">{say('status.speed.both', { down: speed(rate.downKbps), up: speed(rate.upKbps) })}</span>
        </Fact>
      )}
      {group.class !== 'public' && (
        <Fact name={say('status.as')} wide>
          <span class="modest">{say(`status.as.${group.class}`)}</span>
        </Fact>
      )}
    </>
  )
}

export function AllowanceNotes({ allowance, voice: { say, duration } }: Part) {
  return (
    <>
      {allowance.slowed && (
        <Notice kind="warn" title={say('status.slowed.title')}>
          {say('status.slowed.text')}
        </Notice>
      )}
      {allowance.idleSeconds !== undefined && <p class="small">{say('status.idle', { duration: duration(allowance.idleSeconds) })}</p>}
    </>
  )
}

/** Large, to be noted on paper or photographed: the phone that shows it may be a stranger tomorrow. */
export function ResumeCode({ code, voice: { say, language } }: { code: string; voice: Speak }) {
  const [first, second] = code.split('-')
  return (
    <section class="stub" aria-labelledby="resume-h">
      <div>
        <h2 id="resume-h" class="tag">
          {say('resume.title')}
        </h2>
        <p class="code" aria-hidden="true">
          <span>{first}</span>
          <i>-</i>
          <span>{second}</span>
        </p>
        <p class="vh">{code.split('').join(' ')}</p>
        <p>{say('resume.text')}</p>
        <p class="small">
          <a href={linkTo(paths.code, language)}>{say('resume.where')}</a>
        </p>
      </div>
    </section>
  )
}
