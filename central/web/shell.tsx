/** What stands around every screen: the city's name, the menu, search, and the truth about the connection. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { useLocation } from 'preact-iso/router'
import type { Me } from '../platform/accounts/api.ts'
import { useKeys } from '../platform/ui/keys.ts'
import { live } from '../platform/ui/live.ts'
import { Motif } from '../platform/ui/motif.tsx'
import { KeysHelp } from './keys-help.tsx'
import { Palette } from './palette.tsx'
import { PersonMenu } from './person-menu.tsx'
import { screensFor } from './screens.ts'
import { t } from './web-words.ts'

export function Shell({ me, children }: { me: Me; children: ComponentChildren }) {
  const [open, setOpen] = useState<'palette' | 'keys' | 'person' | null>(null)
  const { path } = useLocation()
  const main = useRef<HTMLElement>(null)
  const screens = screensFor(me.positions.map((position) => position.role))
  const menu = screens.filter((screen) => screen.menu === 'main')
  // The longest path: the rules are under the hotspots, and a place of their own.
  const here = menu.filter((screen) => isUnder(path, screen.path)).toSorted((a, b) => b.path.length - a.path.length)[0]
  useKeys({ 'mod+k': () => setOpen('palette'), '?': () => setOpen('keys') })
  useEffect(() => setOpen(null), [path])

  // A new screen is announced by its heading taking the focus, as a new page would.
  const firstPath = useRef(path)
  useEffect(() => {
    if (firstPath.current === path) return
    firstPath.current = path
    main.current?.focus()
  }, [path])

  return (
    <div class="shell">
      <a class="skip button" href="#main" onClick={(event) => (event.preventDefault(), main.current?.focus())}>
        {t('skip')}
      </a>
      <header class="top">
        <a class="brand" href="/">
          <Motif />
          <span>
            <strong>{t('city')}</strong>
            <small>{t('product')}</small>
          </span>
        </a>
        <nav aria-label={t('nav.label')} class={menu.length > 1 ? '' : 'single'}>
          {menu.map((screen) => (
            <a key={screen.path} href={screen.path} aria-current={screen === here ? 'page' : undefined}>
              {t(screen.title)}
            </a>
          ))}
        </nav>
        <div class="tools">
          <button type="button" class="button find" onClick={() => setOpen('palette')}>
            <SearchSign />
            <span>{t('palette.open')}</span>
            <kbd aria-hidden="true">Ctrl K</kbd>
          </button>
          <button
            type="button"
            class="button plain person"
            aria-haspopup="dialog"
            aria-expanded={open === 'person'}
            aria-label={t('menu.label', { name: me.name })}
            onClick={() => setOpen(open === 'person' ? null : 'person')}
          >
            <PersonSign />
            <span>{me.name}</span>
          </button>
        </div>
      </header>
      <div>
        <div role="status">{live.connection.value === 'lost' && <p class="notice warn lost">{t('live.lost')}</p>}</div>
        <main id="main" tabIndex={-1} ref={main}>
          {children}
        </main>
      </div>
      {open === 'person' && <PersonMenu me={me} screens={screens} onClose={() => setOpen(null)} onKeys={() => setOpen('keys')} />}
      {open === 'palette' && <Palette screens={screens} onClose={() => setOpen(null)} />}
      {open === 'keys' && <KeysHelp onClose={() => setOpen(null)} />}
    </div>
  )
}

const isUnder = (path: string, base: string) => path === base || path.startsWith(`${base}/`)

const SearchSign = () => (
  <svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.8" aria-hidden="true">
    <circle cx="7" cy="7" r="4.6" />
    <path d="M10.5 10.5L14.5 14.5" />
  </svg>
)
const PersonSign = () => (
  <svg width="18" height="18" viewBox="0 0 18 18" fill="none" stroke="currentColor" stroke-width="1.8" aria-hidden="true">
    <circle cx="9" cy="6" r="3.4" />
    <path d="M2.5 16c1-4 4-5 6.500-5s5.500 1 6.500 5" />
  </svg>
)
