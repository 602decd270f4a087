import multipart from '@fastify/multipart'
import { Type } from 'typebox'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { allow, callerOf } from '../accounts/guard.ts'
import { refuse, refuseNotFound } from '../http/refusal.ts'
import { UPLOAD_OCTETS_MAX } from './images.ts'
import type { Files } from './store.ts'

/** POST /api/files (one photo) → {sha256, width, height, octets}; GET /api/files/:sha256 for those who may see it. */
export const filesRoutes = (deps: { files: Files }) => async (instance: FastifyInstance) => {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>()
  await app.register(multipart, { limits: { files: 1, fileSize: UPLOAD_OCTETS_MAX, fields: 0, parts: 1, headerPairs: 20 } })

  app.post('/api/files', { onRequest: allow(), bodyLimit: UPLOAD_OCTETS_MAX + 64 * 1024 }, async (request, reply) => {
    if (!request.isMultipart()) return refuse(reply, 415, 'unsupported-media-type')
    const part = await request.file()
    if (!part) return refuse(reply, 400, 'no-file')
    // Throws FST_REQ_FILE_TOO_LARGE past the limit; the error table answers 413.
    const original = await part.toBuffer()
    const outcome = await deps.files.store(original, callerOf(request).userId)
    return outcome.ok ? reply.code(201).send(outcome.file) : refuse(reply, 422, outcome.reason)
  })

  const Sha256 = Type.Object({ sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }) })
  app.get('/api/files/:sha256', { onRequest: allow(), schema: { params: Sha256 } }, async (request, reply) => {
    const photo = await deps.files.read(request.params.sha256, callerOf(request))
    if (!photo) return refuseNotFound(reply)
    return reply
      .type('image/jpeg')
      .header('content-disposition', `inline; filename="${request.params.sha256.slice(0, 12)}.jpg"`)
      .header('cache-control', 'private, max-age=3600')
      .send(photo)
  })
}
