/** Photographs every portal page in every state into artefacts/portal, for eyes: node scripts/portal-screens.ts [language] [name…] */
import { mkdirSync } from 'node:fs'
import { samples } from '#test/portal/samples.ts'
import { launchChromium, servePortal } from '#test/portal/serve.ts'
import { LANGUAGES } from '#edge/wire/page.ts'

const [first = 'id', ...names] = process.argv.slice(2)
if (first === '--help') {
  console.log('node scripts/portal-screens.ts [id|en|jv] [page…]\n\nScreenshots of the portal with sample data, into artefacts/portal/.')
  process.exit(0)
}
const language = LANGUAGES.find((one) => one === first) ?? 'id'
const folder = new URL('../artefacts/portal/', import.meta.url)
mkdirSync(folder, { recursive: true })

const VIEWS = [
  { name: '360', width: 360, height: 740, colorScheme: 'light' },
  { name: '360-dark', width: 360, height: 740, colorScheme: 'dark' },
  { name: '320', width: 320, height: 640, colorScheme: 'light' },
  { name: '1280', width: 1280, height: 860, colorScheme: 'light' },
  { name: '1280-dark', width: 1280, height: 860, colorScheme: 'dark' },
] as const

await using portal = await servePortal()
const browser = await launchChromium()
if (!browser) throw new Error('Chromium is not installed: apt-get install chromium')
for (const view of VIEWS) {
  const context = await browser.newContext({
    viewport: { width: view.width, height: view.height },
    colorScheme: view.colorScheme,
    deviceScaleFactor: 1,
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  for (const name of Object.keys(samples(language)).filter((one) => names.length === 0 || names.includes(one))) {
    await page.goto(`${portal.origin}/${language}/${name}`)
    await page.screenshot({ path: new URL(`${name}.${language}.${view.name}.png`, folder).pathname, fullPage: true })
  }
  await context.close()
  console.log(`${view.name}: done`)
}
await browser.close()
