import { type ModelSpec, modelKey } from '@halftone/contracts'
import { z } from 'zod'
import type { App } from '../../app.ts'
import { findModel, modelNotFound, usableModels } from '../../openai/find-model.ts'
import { modelListSchema, modelSchema, openAiProblems } from '../../openai/schemas.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer } from '../schemas.ts'

type Model = z.infer<typeof modelSchema>

const auto: Model = { id: 'auto', object: 'model', created: 1_790_000_000, owned_by: 'halftone' }

/** OpenAI's models API: what a request may name, of the providers that have a key here. */
export function openAiModelRoutes(door: string) {
  return (app: App, parts: ProducerParts): void => {
    const usable = () => usableModels(parts.market.view().models, parts.configured, parts.clock())
    app.route({
      method: 'GET',
      url: '/models',
      schema: {
        operationId: `listModels${door}`,
        summary: 'The models (OpenAI)',
        tags: ['openai'],
        security: bearer,
        response: { 200: modelListSchema, ...openAiProblems(401, 503) },
      },
      handler: async () => ({ object: 'list' as const, data: [auto, ...usable().flatMap(listed)] }),
    })
    app.route({
      method: 'GET',
      url: '/models/:model',
      schema: {
        operationId: `getModel${door}`,
        summary: 'One model (OpenAI)',
        tags: ['openai'],
        security: bearer,
        params: z.object({ model: z.string() }),
        response: { 200: modelSchema, ...openAiProblems(401, 404, 503) },
      },
      handler: async (request) => modelOf(request.params.model, usable()),
    })
    // ids have slashes in them, and not everybody escapes those
    app.route({
      method: 'GET',
      url: '/models/*',
      schema: { hide: true, params: z.object({ '*': z.string() }), response: { 200: modelSchema } },
      handler: async (request) => modelOf(request.params['*'], usable()),
    })
  }
}

/** By its whole name; OpenAI's own by OpenAI's name too, for programs that look for it. */
function listed(spec: ModelSpec): Model[] {
  const whole = modelObject(modelKey(spec), spec)
  return spec.provider === 'openai' ? [modelObject(spec.model, spec), whole] : [whole]
}

function modelOf(id: string, usable: readonly ModelSpec[]): Model {
  const pin = findModel(id, usable)
  if (pin.kind === 'any') return auto
  const key = pin.kind === 'one' ? pin.key : pin.keys[0]
  const spec = usable.find((one) => modelKey(one) === key)
  if (!spec) throw modelNotFound(id)
  return modelObject(id, spec)
}

function modelObject(id: string, spec: ModelSpec): Model {
  return { id, object: 'model', created: Math.floor(Date.parse(spec.as_of) / 1_000), owned_by: spec.provider }
}
