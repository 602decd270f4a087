import type { Language, LANGUAGES, PORTAL_PATHS } from '#edge/wire/page.ts'

/** The wire is types only here; the compiler holds these to it, letter for letter. */
export const paths: typeof PORTAL_PATHS = {
  welcome: '/',
  continue: '/lanjut',
  status: '/status',
  code: '/kode',
  disconnect: '/putus',
  complaint: '/aduan',
  ticket: '/tiket',
  island: '/assets/island.js',
}

export const LANGUAGE_LIST: typeof LANGUAGES & readonly Language[] = ['id', 'en', 'jv']

/**
 * A link in the reader's language: captive browsers lose cookies, so the choice travels in the address.
 * Anything that is not a path of this box becomes the welcome page.
 */
export function linkTo(path: string, language: Language): string {
  const url = new URL(path.startsWith('/') && !/^\/[/\\]/.test(path) ? path : '/', 'http://box.invalid')
  url.searchParams.set('b', language)
  return url.pathname + url.search
}
