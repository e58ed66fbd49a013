import type { AddressInfo } from 'node:net'
import multipart from '@fastify/multipart'
import { crashPoint } from '@halftone/contracts'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { anthropicErrors } from './anthropic/errors.ts'
import { anthropicRoutes } from './anthropic/routes.ts'
import { bflErrors } from './bfl/errors.ts'
import { bflDeliveryRoutes, bflRoutes } from './bfl/routes.ts'
import { createTasks } from './bfl/tasks.ts'
import { attemptOf } from './caller.ts'
import { controlRoutes } from './control.ts'
import { deepseekRoutes } from './deepseek/routes.ts'
import { falErrors } from './fal/errors.ts'
import { falPlatformRoutes, platformErrors } from './fal/platform.ts'
import { createFalRequests } from './fal/requests.ts'
import { falMediaRoutes, falRoutes } from './fal/routes.ts'
import { geminiErrors } from './google/errors.ts'
import { googleRoutes } from './google/routes.ts'
import { mistralErrors } from './mistral/errors.ts'
import { mistralRoutes } from './mistral/routes.ts'
import { openaiErrors } from './openai/errors.ts'
import { openaiRoutes } from './openai/routes.ts'
import { compatibleErrors } from './openai-compatible/errors.ts'
import { compatibleRoutes } from './openai-compatible/routes.ts'
import { openrouterErrors } from './openrouter/errors.ts'
import { openrouterRoutes } from './openrouter/routes.ts'
import { createRegion } from './region.ts'
import { replicateErrors } from './replicate/errors.ts'
import { createPredictions } from './replicate/predictions.ts'
import { deliveryRoutes, replicateRoutes } from './replicate/routes.ts'
import { createUploads } from './replicate/uploads.ts'
import { createSimulation, type SimulationOptions } from './simulation.ts'
import { stabilityErrors } from './stability/errors.ts'
import { stabilityRoutes } from './stability/routes.ts'
import { type ErrorShape, WireError } from './wire-error.ts'

export interface SimulatorOptions extends SimulationOptions {
  /** Default: loopback. */
  host?: string
  /** 0 = any free port. */
  port?: number
}

export interface Simulator {
  /** Without a trailing slash. Known once it has started. */
  readonly url: string
  /** Resolves when it answers. */
  start(): Promise<void>
  /** Cuts every connection; work that is not finished is not charged. */
  stop(): Promise<void>
}

// Sixteen pictures as data URLs of 20 MiB would be more; nobody sends that here.
const bodyBytesMax = 100 * 1024 * 1024

/** The paid providers on one loopback server: each under its id and the path of its real base URL; the controls at the root. */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const simulation = createSimulation(options)
  const predictions = createPredictions(simulation)
  const uploads = createUploads(simulation.clock)
  const tasks = createTasks(simulation)
  const falRequests = createFalRequests(simulation)
  const app = Fastify({
    bodyLimit: bodyBytesMax,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 500 },
  })
  app.register(multipart)
  const region = createRegion((request, response) => app.routing(request, response))
  app.addHook('onRequest', async (request) => {
    await crashPoint('mid-request', () => attemptIds(request))
  })
  app.addHook('preHandler', async (request) => {
    await crashPoint('request-unpaid', () => attemptIds(request))
  })
  acceptEmptyJson(app)
  answerErrors(app, null)
  app.register(controlRoutes(simulation))
  provider('/bfl', bflErrors, bflRoutes({ simulation, tasks, regionPort: () => region.port }))
  provider('/bfl-delivery', bflErrors, bflDeliveryRoutes(tasks))
  provider('/fal', falErrors, falRoutes(simulation, falRequests))
  provider('/fal/v1', platformErrors, falPlatformRoutes(simulation, falRequests))
  provider('/fal-media', falErrors, falMediaRoutes(falRequests))
  provider('/google', geminiErrors, googleRoutes(simulation))
  provider('/deepseek/v1', openaiErrors, deepseekRoutes(simulation))
  provider('/openai/v1', openaiErrors, openaiRoutes(simulation))
  provider('/replicate/v1', replicateErrors, replicateRoutes({ simulation, predictions, uploads }))
  provider('/replicate/delivery', replicateErrors, deliveryRoutes(predictions))
  provider('/stability', stabilityErrors, stabilityRoutes(simulation))
  provider('/openai-compatible/v1', compatibleErrors, compatibleRoutes(simulation))
  provider('/openrouter/api/v1', openrouterErrors, openrouterRoutes(simulation))
  provider('/mistral/v1', mistralErrors, mistralRoutes(simulation))
  provider('/anthropic/v1', anthropicErrors, anthropicRoutes(simulation))

  function provider(
    prefix: string,
    errors: ErrorShape,
    routes: (app: FastifyInstance) => Promise<void>,
  ): void {
    app.register(
      async (scope) => {
        answerErrors(scope, errors)
        await routes(scope)
      },
      { prefix },
    )
  }

  return {
    get url() {
      const address = app.server.address() as AddressInfo | null
      if (!address) throw new Error('the simulator has no address before it has started')
      return `http://127.0.0.1:${address.port}`
    },
    async start() {
      const host = options.host ?? '127.0.0.1'
      await app.listen({ host, port: options.port ?? 0 })
      await region.start(host)
    },
    async stop() {
      simulation.stop()
      await Promise.all([region.stop(), app.close()])
    },
  }
}

function attemptIds(request: FastifyRequest): string[] {
  const id = attemptOf(request)
  return id === null ? [] : [id]
}

/** A POST or DELETE without a body may carry a JSON content type all the same. */
function acceptEmptyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) =>
    body === '' ? done(null, undefined) : parse(request, String(body), done),
  )
}

/** Every failure under a prefix leaves in the shape of its provider; `null` is the control's plain shape. */
function answerErrors(scope: FastifyInstance, errors: ErrorShape | null): void {
  scope.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const { status, body, headers } = error instanceof WireError ? error : translate(error, errors)
    return reply.code(status).headers(headers).send(body)
  })
  scope.setNotFoundHandler((request, reply) => {
    const sentence = `There is no ${request.method} ${request.url.split('?')[0]}.`
    const { status, body } = errors?.notFound() ?? new WireError(404, { error: sentence })
    return reply.code(status).send(body)
  })
}

function translate(error: Error & { statusCode?: number }, errors: ErrorShape | null): WireError {
  const status = error.statusCode ?? 500
  if (!errors) return new WireError(status, { error: error.message })
  if (status === 413) return errors.tooLarge()
  return status < 500 ? errors.unreadable(error.message) : errors.internal()
}
