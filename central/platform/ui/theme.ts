/** Light or dark: the machine's wish unless the person chose. The tokens themselves live in portal/look/tokens.css. */
import { signal } from '@preact/signals'
import { remember, remembered } from './remembered.ts'

export type Theme = 'light' | 'dark'

const wished = (): Theme => {
  const chosen = remembered('theme')
  if (chosen === 'light' || chosen === 'dark') return chosen
  return typeof matchMedia === 'function' && matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
}

export const theme = signal<Theme>(wished())

export function chooseTheme(next: Theme): void {
  remember('theme', next)
  showTheme(next)
}
export function showTheme(next: Theme): void {
  theme.value = next
  document.documentElement.dataset['theme'] = next
}
