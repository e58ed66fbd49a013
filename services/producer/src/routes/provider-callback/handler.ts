import type { App } from '../../app.ts'

/**
 * Where a provider may announce the end of a call. Only ever a hint, from anybody: the worker asks the provider by
 * itself, so nothing of it is read.
 */
export function providerCallbackRoute(app: App): void {
  app.addContentTypeParser('*', (_request, stream, done) => {
    stream.resume()
    done(null)
  })
  app.post('/callbacks/provider', { schema: { hide: true } }, async (_request, reply) =>
    reply.status(204).send(),
  )
}
