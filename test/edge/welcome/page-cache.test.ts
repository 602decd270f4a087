import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { createPageCache } from '#edge/welcome/page-cache.ts'
import type { Page, RefusedPage, WelcomePage } from '#edge/wire/page.ts'

const page = (token: string, secondsLeft = 30): WelcomePage => ({
  page: 'welcome',
  language: 'id',
  path: '/',
  hotspot: { node: 'n0001', name: 'Alun-alun', area: 'Kartoharjo' },
  now: 0,
  clockTrusted: true,
  noFirewall: false,
  news: [],
  token,
  secondsLeft,
  sessionMinutes: 60,
})

/** Long and repetitive before and after, so that both halves are really compressed; outside ASCII, so that bytes are not letters. */
const render = (shown: Page) => {
  const { token, secondsLeft } = shown as WelcomePage
  return `${'<p>é kabar</p>'.repeat(500)}<input value="${token}">${secondsLeft}${'<p>ꦲ warga</p>'.repeat(500)}`
}

test('every visitor gets the page with their own token, rendered once', () => {
  let times = 0
  const cache = createPageCache((shown) => {
    times++
    return render(shown)
  })
  for (const token of ['a', 'abc.def', 'x'.repeat(200), '']) {
    const expected = render(page(token))
    assert.equal(cache(page(token)).html(), expected)
    assert.equal(gunzipSync(cache(page(token)).gzip()).toString(), expected)
  }
  assert.equal(times, 1)
  cache(page('a', 29))
  assert.equal(times, 2)
})

test('a flood of different pages does not grow the memory without end', () => {
  let times = 0
  const cache = createPageCache((shown) => {
    times++
    return render(shown)
  })
  for (let seconds = 0; seconds < 200; seconds++) cache(page('t', seconds))
  cache(page('t', 199))
  assert.equal(times, 200)
  cache(page('t', 0))
  assert.equal(times, 201)
})

test('a page without a button has no place for the token; one with two is refused', () => {
  const bare = createPageCache(() => '<p>no button</p>')(page('t'))
  assert.equal(bare.html(), '<p>no button</p>')
  assert.equal(gunzipSync(bare.gzip()).toString(), '<p>no button</p>')
  assert.throws(() => createPageCache((shown) => render(shown) + render(shown))(page('t')), /more than once/)
})

test('a crowd that is refused gets one page, rendered once', () => {
  let times = 0
  const cache = createPageCache((shown) => {
    times++
    return `<p>${(shown as RefusedPage).why}</p>`
  })
  const { token: _token, secondsLeft: _left, sessionMinutes: _minutes, ...frame } = page('')
  const refused: RefusedPage = { ...frame, page: 'refused', why: 'closed', until: 1 }
  for (let i = 0; i < 5; i++) {
    assert.equal(cache(refused).html(), '<p>closed</p>')
    assert.equal(gunzipSync(cache(refused).gzip()).toString(), '<p>closed</p>')
  }
  assert.equal(times, 1)
  assert.equal(cache({ ...refused, why: 'daily-time' }).html(), '<p>daily-time</p>')
})
