import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { refuse, refuseNotFound } from './refusal.ts'

const FILE_NAME = /\.[a-z0-9]+$|\/\./i

/** The built staff app: hashed parts for a year, its one page anew each time, and that page for every address of its own. */
export async function serveWebFiles(app: FastifyInstance, root: string): Promise<void> {
  const built = existsSync(join(root, 'index.html'))
  if (built) {
    await app.register(fastifyStatic, {
      root,
      wildcard: false,
      index: false,
      dotfiles: 'deny',
      cacheControl: false,
      setHeaders: (reply, path) => {
        reply.header('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache')
      },
    })
  }
  app.setNotFoundHandler((request, reply) => {
    const page = (request.method === 'GET' || request.method === 'HEAD') && !request.url.startsWith('/api')
    // An address with an ending or a hidden part is a file that is not there, not a page of the app.
    if (!page || FILE_NAME.test(request.url.split('?')[0]!)) return refuseNotFound(reply)
    if (!built) return refuse(reply, 503, 'web-not-built', 'npm run build')
    return reply.header('cache-control', 'no-cache').sendFile('index.html')
  })
}
