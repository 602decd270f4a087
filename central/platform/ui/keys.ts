/** Keyboard shortcuts. A single letter never fires while someone types, and can be switched off (WCAG 2.1.4). */
import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { remember, remembered } from './remembered.ts'

export const singleKeys = signal(remembered('single-keys') !== 'off')
export function allowSingleKeys(on: boolean): void {
  singleKeys.value = on
  remember('single-keys', on ? 'on' : 'off')
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

/** @param keys e.g. `{ j: next, '/': focusSearch }`; `mod+k` is Ctrl-K, or Command-K on a Mac, and works while typing too. */
export function useKeys(keys: Record<string, (event: KeyboardEvent) => void>): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return
      const mod = event.ctrlKey || event.metaKey
      if (mod) {
        const action = keys[`mod+${event.key.toLowerCase()}`]
        if (action && !event.altKey) {
          event.preventDefault()
          action(event)
        }
        return
      }
      if (event.altKey || !singleKeys.value || isTyping(event.target) || document.querySelector('dialog[open]')) return
      const action = keys[event.key]
      if (!action) return
      event.preventDefault()
      action(event)
    }
    document.addEventListener('keydown', listen)
    return () => document.removeEventListener('keydown', listen)
  })
}
