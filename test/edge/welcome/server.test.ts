import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { loadPortal, PortalNotBuilt } from '#edge/content/portal.ts'
import { startWelcome } from '#edge/welcome/server.ts'
import { ticketStore } from '#edge/welcome/store.ts'
import { createTickets } from '#edge/welcome/tickets.ts'
import { visitorBox } from '../sessions/box.ts'
import { ORIGIN, testPortal } from './box.ts'
import { listen } from './listening.ts'

test('a port that is taken is an error that names it', async (t) => {
  const { port } = await listen(t)
  const box = visitorBox(t)
  await assert.rejects(
    startWelcome({
      config: {
        node: 'n0002',
        hotspot: { name: '', area: '' },
        welcome: { host: '127.0.0.1', port, origin: ORIGIN, watchSeconds: 30, sessionSeconds: 60 },
      },
      portal: testPortal(),
      sessions: box.sessions(),
      tickets: createTickets({ store: ticketStore(box.db()), recorder: box.outbox, now: box.clock.now }),
      gate: box.gate,
      key: box.key,
      now: box.clock.now,
      clockTrusted: () => true,
      uplinkDown: () => false,
      log: () => {},
    }),
    new RegExp(`EADDRINUSE.*${port}`),
  )
})

test('a portal that is not built is said so, with what to run', async (t) => {
  const empty = await mkdtemp(join(tmpdir(), 'portal-'))
  t.after(() => rm(empty, { recursive: true }))
  await assert.rejects(
    loadPortal(empty, () => {}),
    (error) => error instanceof PortalNotBuilt && /npm run build/.test(error.message),
  )
  await writeFile(join(empty, 'render.js'), 'export const nothing = 1')
  await assert.rejects(
    loadPortal(empty, () => {}),
    PortalNotBuilt,
  )
})

test('a clip cut short is not shown, a whole one is', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'portal-'))
  t.after(() => rm(dir, { recursive: true }))
  await mkdir(join(dir, 'content'))
  await writeFile(join(dir, 'render.js'), `export const render = (page) => '<style>a{}</style><script>1</script><p>' + page.page`)
  const mp4Box = (kind: string, length: number) => {
    const bytes = Buffer.alloc(length)
    bytes.writeUInt32BE(length)
    bytes.write(kind, 4, 'latin1')
    return bytes
  }
  const whole = Buffer.concat([mp4Box('ftyp', 24), mp4Box('moov', 100), mp4Box('mdat', 1000)])
  await writeFile(join(dir, 'content/clip.vtt'), 'WEBVTT')
  await writeFile(join(dir, 'content/p.webp'), 'x')
  const manifest = { id: 'c', src: 'clip.mp4', captions: 'clip.vtt', poster: 'p.webp', seconds: 30, title: '', transcript: [] }
  await writeFile(join(dir, 'content/clip.json'), JSON.stringify(manifest))

  const said: string[] = []
  await writeFile(join(dir, 'content/clip.mp4'), whole.subarray(0, 600))
  assert.equal((await loadPortal(dir, (line) => said.push(line))).clip, undefined)
  assert.ok(said.some((line) => line.includes('clip.mp4 is damaged')))
  await writeFile(join(dir, 'content/clip.mp4'), whole)
  const portal = await loadPortal(dir, () => {})
  assert.deepEqual([portal.clip?.src, portal.clip?.poster], ['/content/clip.mp4', '/content/p.webp'])
  assert.equal(portal.files.has('/content/clip.json'), false)
  assert.deepEqual([portal.inline.styles.length, portal.inline.scripts.length], [1, 1])
})

const built = new URL('../../../portal/dist', import.meta.url).pathname

test(
  'the real portal keeps to its budget, its policy and its forms',
  { skip: !existsSync(join(built, 'render.js')) && 'portal/dist is not built' },
  async (t) => {
    const { base, state } = await listen(t, { portal: await loadPortal(built, () => {}) })
    const answer = await fetch(`${base}/`, { headers: { 'accept-encoding': 'identity' } })
    const html = await answer.text()
    const policy = answer.headers.get('content-security-policy') ?? ''
    assert.ok(gzipSync(html).length <= 14 * 1024, `${gzipSync(html).length} bytes gzipped`)
    // One response paints the page; what the policy would block is not there.
    assert.match(policy, /style-src 'self' 'sha256-/)
    assert.doesNotMatch(html, /\sstyle="|\son[a-z]+="|javascript:/)
    assert.doesNotMatch(html, /(src|href|action)="(https?:)?\/\//)
    const token = /name="token" value="([^"]+)"/.exec(html)?.[1]
    const early = await fetch(`${base}/lanjut`, { method: 'POST', body: new URLSearchParams({ token: token ?? '' }), redirect: 'manual' })
    assert.equal(early.headers.get('location'), '/?awal=1')
    for (const path of [...html.matchAll(/(?:src|poster)="(\/[^"]+)"/g)].map(([, path]) => path)) {
      assert.equal((await fetch(base + path)).status, 200, path)
    }
    const script = '"><script>alert(1)</script>'
    const form = await (await fetch(`${base}/aduan`)).text()
    const formToken = /name="formToken" value="([^"]+)"/.exec(form)?.[1] ?? ''
    const bad = await fetch(`${base}/aduan`, {
      method: 'POST',
      body: new URLSearchParams({ formToken, category: script, text: script, contact: script }),
    })
    assert.equal(bad.status, 400)
    assert.doesNotMatch(await bad.text(), /<script>alert/)
    const good = await fetch(`${base}/aduan`, { method: 'POST', body: new URLSearchParams({ formToken, category: 'jalan', text: script }) })
    const ticket = await good.text()
    assert.match(good.url, /\/tiket\/[A-Z2-9]{4}-[A-Z2-9]{4}\?baru=1$/)
    assert.doesNotMatch(ticket, /alert\(1\)/)
    state.uplinkDown = true
    const down = await fetch(`${base}/`)
    assert.equal(down.status, 200)
    assert.doesNotMatch(await down.text(), /name="token"/)
  },
)
