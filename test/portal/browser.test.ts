import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, test, type TestContext } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { WORDS } from '#portal/words/speak.ts'
import { samples } from './samples.ts'
import { launchChromium, servePortal } from './serve.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const FILM = new URL('../../portal/dist/content/clip.json', import.meta.url)

const portal = await servePortal()
const browser = await launchChromium()
after(async () => {
  await browser?.close()
  await portal[Symbol.asyncDispose]()
})

/** A fresh phone for one story. */
async function onPhone(
  t: TestContext,
  options: BrowserContextOptions,
  story: (page: Page, browser: Browser) => Promise<void>,
): Promise<void> {
  if (!browser) return t.skip('Chromium is not installed: apt-get install chromium')
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, ...options })
  try {
    await story(await context.newPage(), browser)
  } finally {
    await context.close()
  }
}

/** From here on the page's time moves only when the story moves it. */
async function standStill(page: Page): Promise<void> {
  await page.clock.install({ time: 0 })
  await page.clock.pauseAt(1_000)
}

/** Polls by itself: waiting inside the page would need an eval that the page's policy forbids. */
async function until(page: Page, expression: string): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end;) {
    if (await page.evaluate(expression)) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`never true in 20 seconds: ${expression}`)
}

type Violation = { id: string; impact: string | null; nodes: { html: string; failureSummary?: string }[] }

for (const [theme, language] of [
  ['light', 'id'],
  ['dark', 'id'],
  ['light', 'en'],
  ['dark', 'jv'],
] as const) {
  test(`axe finds nothing serious on any page in ${language}, ${theme}`, async (t) => {
    await onPhone(t, { colorScheme: theme, reducedMotion: 'reduce', bypassCSP: true }, async (page) => {
      for (const name of Object.keys(samples(language))) {
        await page.goto(`${portal.origin}/${language}/${name}`)
        await page.evaluate(AXE)
        const { violations } = (await page.evaluate(
          'axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })',
        )) as {
          violations: Violation[]
        }
        const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
        deepEqual(
          grave.map(({ id, nodes }) => `${name}: ${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`),
          [],
        )
      }
    })
  })
}

test('every page fits a 320 pixel screen without sideways scrolling, and its targets are large', async (t) => {
  await onPhone(t, { viewport: { width: 320, height: 640 }, reducedMotion: 'reduce' }, async (page) => {
    for (const name of Object.keys(samples('id'))) {
      await page.goto(`${portal.origin}/id/${name}`)
      const { width, small } = (await page.evaluate(`({
        width: document.documentElement.scrollWidth,
        small: [...document.querySelectorAll('a, button, summary, textarea, input:not([type=hidden], [type=checkbox]), label.check')]
          .filter((e) => e.checkVisibility() && !e.matches('.skip, p a'))
          .filter((e) => e.getBoundingClientRect().height < 47.5)
          .map((e) => e.outerHTML.slice(0, 80)),
      })`)) as { width: number; small: string[] }
      ok(width <= 320, `${name} is ${width} wide`)
      deepEqual(
        small.filter((html) => !html.includes('href="#')),
        [],
        name,
      )
    }
  })
})

test('the first view needs three requests at most, all to the box', async (t) => {
  await onPhone(t, { reducedMotion: 'reduce' }, async (page) => {
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await page.goto(`${portal.origin}/id/welcome`, { waitUntil: 'networkidle' })
    ok(asked.length <= 3, asked.join(' '))
    ok(
      asked.every((url) => url.startsWith(portal.origin) || url.startsWith('data:')),
      asked.join(' '),
    )
  })
})

test('the clock runs down in words, the kelurahan light up, and the button opens at zero', async (t) => {
  await onPhone(t, { reducedMotion: 'reduce' }, async (page) => {
    await standStill(page)
    await page.goto(`${portal.origin}/id/welcome`)
    const button = page.getByRole('button', { name: WORDS.id['continue.button'] })
    await button.and(page.locator(':disabled')).waitFor()
    const litAtFirst = await page.locator('.hero .motif .on').count()
    await page.clock.runFor(15_000)
    match((await page.locator('[data-count]').textContent()) ?? '', /dalam [78] detik/)
    ok((await page.locator('.hero .motif .on').count()) > litAtFirst)
    await page.clock.runFor(9_000)
    equal(await page.locator('[data-count]').textContent(), WORDS.id['continue.ready'])
    equal(await page.locator('[data-say]').textContent(), WORDS.id['continue.ready'])
    equal(await button.isEnabled(), true)
    equal(await page.locator('.hero .motif .on').count(), 26)
  })
})

test('without scripts the form is there, its button works, and the page will load itself again', async (t) => {
  await onPhone(t, { javaScriptEnabled: false }, async (page) => {
    await page.goto(`${portal.origin}/id/welcome`)
    equal(await page.getByRole('button', { name: WORDS.id['continue.button'] }).isEnabled(), true)
    equal(await page.locator('meta[http-equiv=refresh]').getAttribute('content'), '24')
    ok(await page.locator('.go noscript p').isVisible())
    equal(await page.locator('.play').isVisible(), false)
    const sent = page.waitForRequest((request) => request.method() === 'POST')
    await page.getByRole('button', { name: WORDS.id['continue.button'] }).click()
    const request = await sent
    equal(new URL(request.url()).pathname, '/lanjut')
    equal(request.postData(), 'token=token-of-this-viewing&b=id')
  })
})

test('a complaint can be made by keyboard alone', async (t) => {
  await onPhone(t, {}, async (page) => {
    await page.goto(`${portal.origin}/id/complaint`)
    await page.locator('input[name=category][value=wifi]').focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Tab')
    await page.keyboard.type('Saluran di depan pasar meluap.')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    const sent = page.waitForRequest((request) => request.method() === 'POST')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    const body = new URLSearchParams((await sent).postData() ?? '')
    deepEqual(Object.fromEntries(body), {
      formToken: 'form-1',
      b: 'id',
      category: 'drainase',
      text: 'Saluran di depan pasar meluap.',
      contact: '',
      anonymous: 'ya',
    })
  })
})

test('an unsent complaint comes back in the same sheet, and a browser whose storage throws still has the form', async (t) => {
  await onPhone(t, {}, async (page) => {
    await page.goto(`${portal.origin}/id/complaint`)
    await page.getByLabel(WORDS.id['complaint.text']).fill('Lampu mati sejak kemarin')
    await page.goto(`${portal.origin}/id/complaint`)
    await page.getByText(WORDS.id['complaint.draft']).waitFor()
    equal(await page.getByLabel(WORDS.id['complaint.text']).inputValue(), 'Lampu mati sejak kemarin')

    const faults: unknown[] = []
    page.on('pageerror', (error) => faults.push(error))
    await page.addInitScript("Object.defineProperty(window, 'sessionStorage', { get() { throw new Error('no storage here') } })")
    await page.goto(`${portal.origin}/id/complaint`)
    await page.getByLabel(WORDS.id['complaint.text']).fill('Masih mati')
    equal(await page.getByLabel(WORDS.id['complaint.text']).inputValue(), 'Masih mati')
    deepEqual(faults, [])
  })
})

test('the numbers of the status page renew themselves, and the page follows when the stay is over', async (t) => {
  await onPhone(t, {}, async (page) => {
    await standStill(page)
    await page.goto(`${portal.origin}/id/status`)
    await page.route('**/id/status', async (route) => {
      const answer = await route.fetch()
      await route.fulfill({ response: answer, body: (await answer.text()).replace('186,4 MB', '190,0 MB') })
    })
    await page.clock.runFor(15_500)
    await page.getByText('190,0 MB').waitFor()
    await page.unroute('**/id/status')
    await page.route('**/id/status', async (route) =>
      route.fulfill({ response: await route.fetch({ url: `${portal.origin}/id/status-offline` }) }),
    )
    await page.clock.runFor(15_500)
    await page.getByText(WORDS.id['status.offline.text']).waitFor()
  })
})

test('a film that does not come is replaced by its words', async (t) => {
  await onPhone(t, {}, async (page) => {
    await page.route('**/*.mp4', (route) => route.abort())
    await page.goto(`${portal.origin}/id/welcome`)
    await page.getByText(WORDS.id['film.fallback']).waitFor()
    equal(await page.locator('[data-transcript]').getAttribute('open'), '')
  })
})

test('a film that stalls is replaced by its words after eight seconds', async (t) => {
  await onPhone(t, {}, async (page) => {
    await standStill(page)
    await page.route('**/*.mp4', () => undefined)
    await page.goto(`${portal.origin}/id/welcome`)
    await page.clock.runFor(7_000)
    equal(await page.getByText(WORDS.id['film.fallback']).isVisible(), false)
    await page.clock.runFor(1_500)
    await page.getByText(WORDS.id['film.fallback']).waitFor()
  })
})

test('the film plays inline and without sound', async (t) => {
  if (!existsSync(FILM)) return t.skip('The film is not made: node scripts/make-clip.ts')
  await onPhone(t, {}, async (page) => {
    await page.goto(`${portal.origin}/id/welcome`)
    await until(page, "document.querySelector('video').currentTime > 0.2")
    deepEqual(
      await page.evaluate("(({ muted, duration, videoWidth }) => ({ muted, duration, videoWidth }))(document.querySelector('video'))"),
      {
        muted: true,
        duration: 30,
        videoWidth: 854,
      },
    )
    equal(await page.getByText(WORDS.id['film.fallback']).isVisible(), false)
    await page.getByRole('button', { name: WORDS.id['film.play'] }).waitFor({ state: 'hidden' })
  })
})

test('whoever asked for less motion starts the film by hand', async (t) => {
  if (!existsSync(FILM)) return t.skip('The film is not made: node scripts/make-clip.ts')
  await onPhone(t, { reducedMotion: 'reduce' }, async (page) => {
    await page.goto(`${portal.origin}/id/welcome`)
    const button = page.getByRole('button', { name: WORDS.id['film.play'] })
    await button.waitFor()
    equal(await page.evaluate("document.querySelector('video').paused"), true)
    await button.click()
    await until(page, "document.querySelector('video').currentTime > 0")
  })
})
