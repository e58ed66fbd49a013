import { randomUUID } from 'node:crypto'
import { AppError, limits } from '@halftone/contracts'
import Fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify'
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { ZodType } from 'zod'
import type { App } from './app.ts'
import { sendRefusal, speaksOpenAi } from './openai/send-error.ts'
import { registerOpenApi } from './openapi.ts'
import { parseJson } from './parse-json.ts'
import type { ProducerParts } from './parts.ts'
import { sendProblem, toAppError } from './problem.ts'
import { bulkManifestRoute } from './routes/bulk-manifest/handler.ts'
import { cancelBulkRoute } from './routes/cancel-bulk/handler.ts'
import { cancelJobRoute } from './routes/cancel-job/handler.ts'
import { changeBulkRoutes } from './routes/change-bulk/handler.ts'
import { createBulkRoute } from './routes/create-bulk/handler.ts'
import { createFileRoute } from './routes/create-file/handler.ts'
import { createJobRoute } from './routes/create-job/handler.ts'
import { createKeyRoute } from './routes/create-key/handler.ts'
import { createQuoteRoute } from './routes/create-quote/handler.ts'
import { getBulkRoute } from './routes/get-bulk/handler.ts'
import { getFileRoute } from './routes/get-file/handler.ts'
import { getFileContentRoute } from './routes/get-file-content/handler.ts'
import { getJobRoute } from './routes/get-job/handler.ts'
import { getUsageRoute } from './routes/get-usage/handler.ts'
import { healthRoutes } from './routes/health/handler.ts'
import { listBulkJobsRoute } from './routes/list-bulk-jobs/handler.ts'
import { listContentTypesRoute } from './routes/list-content-types/handler.ts'
import { listJobsRoute } from './routes/list-jobs/handler.ts'
import { listOverrunsRoute } from './routes/list-overruns/handler.ts'
import { listPriceHistoryRoute } from './routes/list-price-history/handler.ts'
import { listPricesRoute } from './routes/list-prices/handler.ts'
import { listProvidersRoute } from './routes/list-providers/handler.ts'
import { listMaskTemplatesRoute, maskTemplatePreviewRoute } from './routes/mask-templates/handler.ts'
import { openAiBatchRoutes } from './routes/openai-batches/handler.ts'
import { openAiFileRoutes } from './routes/openai-files/handler.ts'
import { openAiImageRoutes } from './routes/openai-images/handler.ts'
import { openAiModelRoutes } from './routes/openai-models/handler.ts'
import { poolRoutes } from './routes/pools/handler.ts'
import { priceEventRoutes } from './routes/price-events/handler.ts'
import { priceQuarantineRoutes } from './routes/price-quarantine/handler.ts'
import { providerCallbackRoute } from './routes/provider-callback/handler.ts'
import { qualityRoutes } from './routes/quality/handler.ts'
import { retryFailedRoute } from './routes/retry-failed/handler.ts'
import { setBudgetRoute } from './routes/set-budget/handler.ts'
import { setPriceRuleRoute } from './routes/set-price-rule/handler.ts'
import { streamEventsRoute } from './routes/stream-events/handler.ts'
import { streamJobRoute } from './routes/stream-job/handler.ts'
import { unknownOutcomeRoutes } from './routes/unknown-outcomes/handler.ts'
import { webhookDeliveryRoutes } from './routes/webhook-deliveries/handler.ts'
import { webhookEndpointRoutes } from './routes/webhook-endpoints/handler.ts'
import { schemaError } from './schema-error.ts'

type Route = (app: App, parts: ProducerParts) => void

const projectRoutes: Route[] = [
  createJobRoute,
  getJobRoute,
  listJobsRoute,
  cancelJobRoute,
  createBulkRoute,
  getBulkRoute,
  listBulkJobsRoute,
  cancelBulkRoute,
  changeBulkRoutes,
  retryFailedRoute,
  bulkManifestRoute,
  createQuoteRoute,
  createFileRoute,
  getFileRoute,
  listPricesRoute,
  listPriceHistoryRoute,
  listProvidersRoute,
  listContentTypesRoute,
  getUsageRoute,
  streamJobRoute,
  streamEventsRoute,
  webhookEndpointRoutes,
  webhookDeliveryRoutes,
  listMaskTemplatesRoute,
]
const adminRoutes: Route[] = [
  createKeyRoute,
  setBudgetRoute,
  setPriceRuleRoute,
  priceQuarantineRoutes,
  priceEventRoutes,
  listOverrunsRoute,
  poolRoutes,
  qualityRoutes,
  unknownOutcomeRoutes,
]
const openAiRoutes = (door: string): Route[] => [openAiImageRoutes(door), openAiModelRoutes(door)]
const openRoutes: Route[] = [
  getFileContentRoute,
  maskTemplatePreviewRoute,
  healthRoutes,
  providerCallbackRoute,
]

/** The HTTP door, ready to listen or to be injected into. */
export async function buildServer(parts: ProducerParts): Promise<App> {
  const app: App = Fastify({
    logger: false,
    bodyLimit: limits.jobBytes,
    requestTimeout: 120_000,
    keepAliveTimeout: 72_000,
    frameworkErrors: (error, request, reply) => refuse(parts, error, request, reply),
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(({ schema }) => (value) => {
    if (!(schema instanceof ZodType)) return { value }
    const parsed = schema.safeParse(value)
    return parsed.success ? { value: parsed.data } : { error: schemaError(parsed.error) }
  })
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler<FastifyError>((error, request, reply) => refuse(parts, error, request, reply))
  app.setNotFoundHandler((request, reply) => refuse(parts, noRoute(), request, reply))
  readBodies(app)
  logAccess(app, parts)

  await registerOpenApi(app)
  for (const route of openRoutes) app.register(async (scope: App) => route(scope, parts))
  app.register(
    async (scope: App) => {
      scope.addHook('onRequest', async (request) => {
        request.projectId = await parts.auth.project(request)
      })
      // each in a scope of its own: what one reads (NDJSON, multipart) the others do not
      for (const route of [...projectRoutes, ...openAiRoutes('')])
        scope.register(async (own: App) => route(own, parts))
    },
    { prefix: '/v1' },
  )
  app.register(
    async (scope: App) => {
      scope.addHook('onRequest', async (request) => {
        request.projectId = await parts.auth.project(request)
      })
      for (const route of [...openAiRoutes('OpenAi'), openAiFileRoutes, openAiBatchRoutes])
        scope.register(async (own: App) => route(own, parts))
    },
    { prefix: '/openai/v1' },
  )
  app.register(
    async (scope: App) => {
      scope.addHook('onRequest', async (request) => parts.auth.admin(request))
      for (const route of adminRoutes) route(scope, parts)
    },
    { prefix: '/admin/v1' },
  )
  await app.ready()
  return app
}

/** JSON and nothing else, unless a route says so. */
function readBodies(app: App): void {
  app.decorateRequest('projectId', '')
  app.decorateRequest('bodyBytes', 0)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      request.bodyBytes = body.length
      return body.length === 0 ? undefined : parseJson(decodeUtf8(body))
    },
  )
  app.addHook('onRequest', async (request, reply) => {
    if (speaksOpenAi(request.url)) reply.header('x-request-id', `req_${randomUUID().replaceAll('-', '')}`)
    if (/%00/.test(request.url))
      throw new AppError('invalid_request', 'the URL must not hold NUL', { next: 'remove %00 from the URL' })
    const encoding = request.headers['content-encoding']
    if (encoding !== undefined && encoding !== 'identity')
      throw new AppError('unsupported_media_type', 'compressed bodies are not read', {
        field: '/content-encoding',
        limit: 'identity',
        next: 'send the body without content-encoding',
      })
  })
}

function decodeUtf8(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch (error) {
    throw new AppError('invalid_request', 'the body is not valid UTF-8', {
      next: 'send it in UTF-8',
      cause: error,
    })
  }
}

function refuse(
  parts: ProducerParts,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const known = toAppError(error, request.routeOptions?.bodyLimit ?? limits.jobBytes)
  if (known.status >= 500)
    parts.log.error({ err: error, route: request.routeOptions?.url }, 'a request failed')
  return speaksOpenAi(request.url) ? sendRefusal(reply, known) : sendProblem(reply, known)
}

function noRoute(): AppError {
  return new AppError('not_found', 'there is no such route', { next: 'GET /openapi.json lists the routes' })
}

/** One line a request: never a body, a query (it may hold a signature) or a key. */
function logAccess(app: App, { log }: ProducerParts): void {
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff')
  })
  app.addHook('onResponse', async (request, reply) => {
    // what went well is only worth a line to whoever looks closely
    log[reply.statusCode < 400 ? 'debug' : 'info'](
      {
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
        project: request.projectId || undefined,
      },
      'request',
    )
  })
}
