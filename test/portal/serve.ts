import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chromium, type Browser } from 'playwright-core'
import { LANGUAGES } from '#edge/wire/page.ts'
import { builtPortal } from './built.ts'
import { samples } from './samples.ts'

const CONTENT = new URL('../../portal/dist/content/', import.meta.url)
const TYPES: Record<string, string> = { mp4: 'video/mp4', vtt: 'text/vtt', webp: 'image/webp' }

/** Serves each sample at /<language>/<name> on loopback, under the strict policy the box sets. */
export async function servePortal() {
  const portal = await builtPortal()
  const policy = [
    "default-src 'none'",
    `style-src ${portal.inlineStyleHashes.map((hash) => `'${hash}'`).join(' ')}`,
    "script-src 'self'",
    "img-src 'self' data:",
    "media-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
  ].join('; ')
  const requests: string[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    requests.push(path)
    const [, language, name] = path.split('/')
    const page = LANGUAGES.find((one) => one === language) && samples(LANGUAGES.find((one) => one === language)!)[name ?? '']
    if (page) {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy }).end(portal.render(page))
    } else if (path === '/assets/island.js') {
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(readFileSync(portal.islandFile))
    } else {
      const file = new URL(`.${path.replace(/^\/content/, '')}`, CONTENT)
      if (!file.href.startsWith(CONTENT.href) || !existsSync(file)) response.writeHead(404).end()
      else
        response
          .writeHead(200, { 'content-type': TYPES[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream' })
          .end(readFileSync(file))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const CHROMIUM = '/usr/bin/chromium'

/** Debian's Chromium, kept from talking to anyone but us; undefined where it is not installed. */
export async function launchChromium(): Promise<Browser | undefined> {
  if (!existsSync(CHROMIUM)) return undefined
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
