/** The language of this browser's screens. Bahasa Indonesia unless the person chose otherwise. */
import { signal } from '@preact/signals'
import { remember, remembered } from './remembered.ts'

export type Language = 'id' | 'en'

export const language = signal<Language>(remembered('language') === 'en' ? 'en' : 'id')

export function chooseLanguage(next: Language): void {
  language.value = next
  remember('language', next)
  if (typeof document !== 'undefined') document.documentElement.lang = next
}
