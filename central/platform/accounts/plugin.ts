/** Tells every route who is asking, before anything else runs. */
import fastifyPlugin from 'fastify-plugin'
import type { Db } from '../db/database.ts'
import { signedIn } from './caller.ts'
import type { SessionCookie } from './cookie.ts'

export const accountsPlugin = (deps: { db: Db; cookie: SessionCookie; now: () => number }) =>
  fastifyPlugin(
    async (app) => {
      app.decorateRequest('caller', null)
      app.decorateRequest('sessionId', null)
      app.decorateRequest('mustSetPassword', false)
      app.addHook('onRequest', async (request) => {
        // Pages and their parts are the same for everyone.
        if (!request.url.startsWith('/api/')) return
        const token = deps.cookie.read(request)
        const who = token === null ? null : await signedIn(deps.db, token, deps.now())
        if (!who) return
        request.caller = who.caller
        request.sessionId = who.sessionId
        request.mustSetPassword = who.mustSetPassword
      })
    },
    { name: 'accounts' },
  )
