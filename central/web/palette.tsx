/** Ctrl-K: type a few letters of a screen, a hotspot or a kelurahan, Enter goes there. */
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { useLocation } from 'preact-iso/router'
import type { HotspotRow } from '../noc/api.ts'
import { findHotspots } from '../noc/pages/find-hotspots.ts'
import { Dialog } from '../platform/ui/dialog.tsx'
import { StateMark } from '../platform/ui/state-mark.tsx'
import type { Screen } from './screens.ts'
import { t } from './web-words.ts'

type Props = { screens: readonly Screen[]; onClose: () => void }
/** More than fits the eye is no help; typing one more letter is. */
const HOTSPOTS_MAX = 12
const TYPING_MS = 160

export function Palette({ screens, onClose }: Props) {
  const { route } = useLocation()
  const [q, setQ] = useState('')
  const [hotspots, setHotspots] = useState<HotspotRow[]>([])
  const [chosen, setChosen] = useState(0)
  const input = useRef<HTMLInputElement>(null)
  const listId = useId()
  const seesNoc = screens.some((screen) => screen.path === '/noc')

  useLayoutEffect(() => input.current?.focus(), [])
  useEffect(() => {
    if (!seesNoc || q.trim().length < 2) {
      setHotspots([])
      return undefined
    }
    let current = true
    const timer = setTimeout(() => {
      void findHotspots(q.trim()).then((rows) => current && setHotspots(rows.slice(0, HOTSPOTS_MAX)))
    }, TYPING_MS)
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [q])

  const wanted = q.trim().toLowerCase()
  const options = [
    ...screens
      .filter((screen) => t(screen.title).toLowerCase().includes(wanted))
      .map((screen) => ({ href: screen.path, label: t(screen.title), aside: t('palette.screen'), state: null })),
    ...hotspots.map((row) => ({
      href: `/noc/h/${encodeURIComponent(row.node)}`,
      label: row.name,
      aside: row.kelurahanName,
      state: row.state,
    })),
  ]
  const at = Math.min(chosen, options.length - 1)
  const go = (href: string) => {
    onClose()
    route(href)
  }
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setChosen(Math.min(at + 1, options.length - 1))
    else if (event.key === 'ArrowUp') setChosen(Math.max(at - 1, 0))
    else if (event.key === 'Enter' && options[at]) go(options[at].href)
    else return
    event.preventDefault()
  }
  return (
    <Dialog title={t('palette.title')} onClose={onClose}>
      <input
        ref={input}
        class="input big"
        type="text"
        role="combobox"
        aria-label={t('palette.title')}
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={options[at] ? `${listId}-${at}` : undefined}
        placeholder={t('palette.placeholder')}
        value={q}
        maxLength={80}
        onInput={(event) => (setQ(event.currentTarget.value), setChosen(0))}
        onKeyDown={keys}
      />
      <div class="find-list" role="listbox" id={listId} aria-label={t('palette.title')}>
        {options.map((option, index) => (
          // The combobox above holds the focus and the keys; a pointer may also click.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
          <div key={option.href} id={`${listId}-${index}`} role="option" aria-selected={index === at} onClick={() => go(option.href)}>
            <span>
              {option.state && <StateMark state={option.state} />} {option.label}
            </span>
            <span class="muted small">{option.aside}</span>
          </div>
        ))}
      </div>
      {options.length === 0 && (
        <p class="hint" role="status">
          {t('palette.none', { q })}
        </p>
      )}
    </Dialog>
  )
}
