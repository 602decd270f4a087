import type { ComponentChildren } from 'preact'
import { LANGUAGE_LIST, linkTo, paths } from './paths.ts'
import type { PageFrame } from '#edge/wire/page.ts'
import { Icon, type IconName } from './icons.tsx'
import { Glyph } from './motif.tsx'
import { pageCss } from './style.ts'
import type { Speak } from './words/speak.ts'
import { WORDS } from './words/speak.ts'

type DocumentProps = {
  frame: PageFrame
  voice: Speak
  title: string
  /** Seconds after which a browser without scripts loads the page again. */
  refreshSeconds?: number | undefined
  /** True where the small script after paint has something to do. */
  island?: boolean
  children: ComponentChildren
}

/** What every page wears: masthead with 112 always in the same place, languages, footer. */
export function Document({ frame, voice: { say }, title, refreshSeconds, island, children }: DocumentProps) {
  return (
    <html lang={frame.language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · madiuntoday`}</title>
        <link rel="icon" href="data:," />
        <style dangerouslySetInnerHTML={{ __html: pageCss }} />
        {refreshSeconds !== undefined && (
          <noscript>
            <meta http-equiv="refresh" content={String(refreshSeconds)} />
          </noscript>
        )}
        {island && <script type="module" src={paths.island} />}
      </head>
      <body>
        <a class="skip" href="#isi">
          {say('skip')}
        </a>
        <header class="mast">
          <a class="brand" href={linkTo(paths.welcome, frame.language)}>
            <Glyph />
            <span>
              madiun<b>today</b>
            </span>
          </a>
          <a class="sos" href="tel:112" aria-label={say('emergency.call')}>
            <Icon name="darurat" />
            <b>112</b>
            <span class="wide">{say('emergency.word')}</span>
          </a>
        </header>
        <nav class="langs" aria-label={say('language.choose')}>
          {LANGUAGE_LIST.map((language) => (
            <a
              href={linkTo(frame.path, language)}
              lang={language}
              hreflang={language}
              {...(language === frame.language ? { 'aria-current': 'true' } : {})}
            >
              {WORDS[language]['language.name']}
            </a>
          ))}
        </nav>
        <main id="isi" tabIndex={-1}>
          {frame.noFirewall && (
            <Notice kind="warn" title={say('notice.noFirewall.title')}>
              {say('notice.noFirewall.text')}
            </Notice>
          )}
          {children}
        </main>
        <footer class="foot">
          <nav aria-label="madiuntoday">
            <a href={linkTo(paths.welcome, frame.language)}>{say('nav.home')}</a>
            <a href={linkTo(paths.complaint, frame.language)}>{say('nav.complain')}</a>
            <a href={linkTo(paths.ticket, frame.language)}>{say('nav.lookup')}</a>
            <a href={linkTo(paths.status, frame.language)}>{say('nav.status')}</a>
          </nav>
          <p>{say('emergency.free')}</p>
          <p class="small">
            {say('footer.owner')} · {frame.hotspot.name} · {frame.hotspot.node}
          </p>
        </footer>
      </body>
    </html>
  )
}

type NoticeProps = {
  kind: 'warn' | 'down' | 'info' | 'up'
  title: string /** Read out at once by screen readers. */
  urgent?: boolean
  children?: ComponentChildren
}

/** Colour, shape and word together, so that none of them must be seen alone. */
export function Notice({ kind, title, urgent, children }: NoticeProps) {
  const icon: IconName = kind === 'up' ? 'check' : kind === 'info' ? 'info' : 'warn'
  return (
    <div class={`notice ${kind}`} {...(urgent ? { role: 'alert' as const } : {})}>
      <Icon name={icon} />
      <div>
        <strong>{title}</strong>
        {children && <p>{children}</p>}
      </div>
    </div>
  )
}

/** The page's name on the deep panel, as every page but the welcome page opens. */
export function Heading({ title, lead }: { title: string; lead?: string | undefined }) {
  return (
    <div class="head">
      <h1>{title}</h1>
      {lead && <p>{lead}</p>}
    </div>
  )
}
