import type { FastifyInstance } from 'fastify'
import { accountOf, admitPaid } from '../caller.ts'
import { meetFault } from '../paid-call.ts'
import { parseRequest } from '../parse-request.ts'
import type { Simulation } from '../simulation.ts'
import { answerImages, type Generation } from './answer-images.ts'
import { badRequest, noSuchModel, openrouterErrors } from './errors.ts'
import { type RoutedModel, routedModels } from './models.ts'
import { imagesRequestSchema } from './request.ts'

const generationsKept = 1_000
/** A generation can be looked up a moment after it was made, not before. */
const lookUpAfterMs = 1_000

/** OpenRouter's images API and what stands around it. Chat with pictures is not served. */
export function openrouterRoutes(simulation: Simulation) {
  const { prices, clock } = simulation
  const generations = new Map<string, Generation>()
  const sold = routedModels.filter(({ name }) => prices.has('openrouter', name))

  return async (app: FastifyInstance): Promise<void> => {
    app.get('/key', async (request) => {
      const label = accountOf(request, openrouterErrors)
      meetFault(simulation.faults, 'openrouter', null, openrouterErrors)
      const usage = Number(simulation.books.spentNano('openrouter', label)) / 1_000_000_000
      return { data: { label, usage, limit: null, limit_remaining: null, is_free_tier: false } }
    })

    app.get('/images/models', async () => ({
      data: sold.map((model) => ({
        id: model.id,
        name: model.name,
        description: 'A simulated image model.',
        created: 1_767_225_600,
        architecture: {
          input_modalities: model.references > 0 ? ['text', 'image'] : ['text'],
          output_modalities: ['image'],
        },
        supported_parameters: { aspect_ratio: { type: 'enum', values: model.ratios } },
        supports_streaming: false,
        endpoints: `/api/v1/images/models/${model.id}/endpoints`,
      })),
    }))

    app.get<{ Params: { author: string; slug: string } }>(
      '/images/models/:author/:slug/endpoints',
      async (request) => {
        const id = `${request.params.author}/${request.params.slug}`
        const model = sold.find((one) => one.id === id)
        if (!model) throw noSuchModel(id)
        return { id, endpoints: [endpointOf(model)] }
      },
    )

    app.get<{ Querystring: { id?: string } }>('/generation', async (request) => {
      accountOf(request, openrouterErrors)
      const generation = generations.get(request.query.id ?? '')
      if (!generation || clock() - generation.at < lookUpAfterMs) throw openrouterErrors.notFound()
      const { at, ...rest } = generation
      return {
        data: { ...rest, created_at: new Date(at).toISOString(), finish_reason: 'stop', cancelled: false },
      }
    })

    app.post('/images', async (request, reply) => {
      const account = admitPaid(request, simulation, 'openrouter', openrouterErrors)
      const body = parseRequest(imagesRequestSchema, request.body, (field, fault) =>
        badRequest(`${field}: ${fault}`),
      )
      const model = sold.find(({ id }) => id === body.model)
      if (model && body.input_references.length > model.references)
        throw badRequest(`This model takes ${model.references} references at most.`)
      const operation = body.input_references.length > 0 ? 'edit' : 'generate'
      const price = model && prices.find('openrouter', model.name, operation)
      if (!model || !price) throw noSuchModel(body.model)
      return answerImages(simulation, { model, body, price, remember }, { request, reply, account })
    })
  }

  function remember(generation: Generation): void {
    generations.set(generation.id, generation)
    const [oldest] = generations.keys()
    if (generations.size > generationsKept && oldest) generations.delete(oldest)
  }

  function endpointOf(model: RoutedModel) {
    const price = prices.find('openrouter', model.name, 'generate')
    const amount = Number(price?.amount_usd ?? 0)
    return {
      provider_name: model.upstream,
      provider_slug: model.upstream,
      provider_tag: model.upstream,
      supports_streaming: false,
      supported_parameters: { aspect_ratio: { type: 'enum', values: model.ratios } },
      allowed_passthrough_parameters: [],
      pricing: [
        {
          billable: 'output_image',
          unit: model.unit,
          cost_usd: model.unit === 'token' ? amount / 1_000_000 : amount,
        },
      ],
    }
  }
}
