/** One Chromium for a test file, with everything it might phone home about switched off. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const ARTEFACTS = join(import.meta.dirname, '../../../artefacts/screens')

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })

export const PHONE = { width: 360, height: 740 }
export const DESK = { width: 1440, height: 900 }
export const WALL = { width: 1920, height: 1080 }

export type Watched = { page: Page; problems: string[] }

/** A page whose dialogs, script errors and policy violations are kept: each of them is a failure of a screen. */
export async function watchedPage(
  browser: Browser,
  options: BrowserContextOptions & { dark?: boolean; language?: string } = {},
): Promise<Watched> {
  const { dark, language, ...rest } = options
  const context = await browser.newContext({
    viewport: DESK,
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    locale: 'id-ID',
    ...rest,
  })
  await context.addInitScript(
    ([lang]) => {
      if (lang) localStorage.setItem('broadband-city.language', lang)
      document.addEventListener('securitypolicyviolation', (event) =>
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
      )
    },
    [language ?? ''],
  )
  const page = await context.newPage()
  const problems: string[] = []
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`))
  page.on('console', (message) => {
    if (/policy:|Content Security Policy/.test(message.text())) problems.push(message.text())
  })
  return { page, problems }
}

/** Kept with the run, to be looked at by a person. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  mkdirSync(ARTEFACTS, { recursive: true })
  await page.screenshot({ path: join(ARTEFACTS, `${name}.png`) })
}
