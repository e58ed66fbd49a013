import type { Readable } from 'node:stream'
import { verifyContentUrl } from '@halftone/artifacts/content-url'
import { AppError } from '@halftone/contracts'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../../app.ts'
import { hasBearer } from '../../auth.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, idParams, knownId, notFound, problems } from '../schemas.ts'

const signatureQuery = z.object({
  expires: z.string().max(16).optional(),
  signature: z.string().max(128).optional(),
})

/** The picture itself: for the project's key, or for whoever has a link that we signed. */
export function getFileContentRoute(app: App, parts: ProducerParts): void {
  app.route({
    method: 'GET',
    url: '/v1/files/:id/content',
    schema: {
      operationId: 'getFileContent',
      summary: 'The bytes of a file',
      description:
        'With a key, or by the signed link of an answer (`expires` and `signature`), which needs none.',
      tags: ['files'],
      security: [...bearer, {}],
      params: idParams,
      querystring: signatureQuery,
      produces: ['image/png', 'image/jpeg', 'image/webp'],
      response: {
        200: z.custom<Readable>().meta({ type: 'string', format: 'binary' }),
        ...problems(401, 404, 503),
      },
    },
    handler: async (request, reply) => {
      const id = knownId('file', request.params.id)
      const projectId = await mayRead(parts, request, id, request.query)
      const file = await parts.ledger.files.find(id)
      if (!file || (projectId !== null && file.projectId !== projectId)) throw notFound('file')
      const bytes = await parts.store.stream(file.sha256)
      return reply
        .headers({
          'content-type': `image/${file.format}`,
          'content-length': file.bytes,
          // a picture is shown or saved, never run
          'content-disposition': `attachment; filename="${id}.${file.format}"`,
          'content-security-policy': "default-src 'none'; sandbox",
          'x-content-type-options': 'nosniff',
          'cache-control': 'private, max-age=86400, immutable',
          etag: `"${file.sha256}"`,
        })
        .send(bytes)
    },
  })
}

/** Whose files may be read: a project's, or (null) just this one by its signature. */
async function mayRead(
  { auth, urlSecret, accept }: ProducerParts,
  request: FastifyRequest,
  fileId: string,
  { expires, signature }: z.infer<typeof signatureQuery>,
): Promise<string | null> {
  if (verifyContentUrl({ secret: urlSecret, fileId, expires, signature, now: accept.clock() })) return null
  if (hasBearer(request)) return auth.project(request)
  throw new AppError('unauthorized', 'this link is not valid, or no longer', {
    field: signature === undefined ? '/authorization' : '/signature',
    next: 'GET the job or the file with your key: its answer has a fresh link',
  })
}
