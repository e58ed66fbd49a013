import {
  type ContentType,
  contentTypeGroups,
  contentTypes,
  type ModelSpec,
  modelKey,
  qualityScoreSchema,
} from '@halftone/contracts'
import { type MarketView, priorWeight } from '@halftone/market'
import { z } from 'zod'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, problems } from '../schemas.ts'

const modelSchema = z.object({
  provider: z.string(),
  model: z.string(),
  quality: z.number().describe('what routing goes by: prior and measurements, weighed'),
  good_enough: z.boolean(),
  prior: z.object({
    score: z.number(),
    weight: z.number().describe('in pictures'),
    source: z.string(),
  }),
  measured: z.array(qualityScoreSchema.omit({ provider: true, model: true, content_type: true })),
})

const contentTypesSchema = z.object({
  data: z.array(
    z.object({
      label: z.string(),
      groups: z.array(z.string()).describe('hints that mean this label among others'),
      quality_floor: z
        .number()
        .nullable()
        .describe('least quality that is accepted, unless the job says otherwise'),
      floor_source: z.string().nullable(),
      models: z.array(modelSchema).describe('best first'),
    }),
  ),
})

const cataloguePrior = 'the catalogue: a prior, unmeasured'

export function listContentTypesRoute(app: App, { market }: ProducerParts): void {
  app.route({
    method: 'GET',
    url: '/content-types',
    schema: {
      operationId: 'listContentTypes',
      summary: 'What a picture may be of, and who is good at it',
      tags: ['market'],
      security: bearer,
      response: { 200: contentTypesSchema, ...problems(401, 503) },
    },
    handler: async ({ projectId }) => {
      const view = market.view()
      const groups = Object.entries(contentTypeGroups)
      return {
        data: contentTypes.map((label) => {
          const { floor, source } = floorIn(view, projectId, label)
          return {
            label,
            groups: groups.filter(([, labels]) => labels.includes(label)).map(([name]) => name),
            quality_floor: floor,
            floor_source: source,
            models: modelsFor(view, label, floor ?? 0),
          }
        }),
      }
    },
  })
}

function floorIn(view: MarketView, projectId: string, label: ContentType) {
  const floor = view.projectFloors?.get(projectId)?.[label] ?? view.floors[label] ?? null
  const set = (project: string | null) =>
    view.quality?.floors.find((one) => one.content_type === label && one.project_id === project)
  const source = set(projectId)?.source ?? set(null)?.source ?? (floor === null ? null : 'the catalogue')
  return { floor, source }
}

function modelsFor(view: MarketView, label: ContentType, floor: number) {
  const priors = new Map((view.priors ?? view.models).map((spec) => [modelKey(spec), spec]))
  const scoreOf = (spec: ModelSpec) => spec.quality[label] ?? spec.quality_default
  return view.models
    .map((spec) => {
      const prior = priors.get(modelKey(spec)) ?? spec
      const quality = scoreOf(spec)
      return {
        provider: spec.provider,
        model: spec.model,
        quality,
        good_enough: quality >= floor,
        prior: {
          score: scoreOf(prior),
          weight: priorWeight,
          source: prior.quality_source ?? cataloguePrior,
        },
        measured: (view.quality?.scores ?? [])
          .filter((one) => modelKey(one) === modelKey(spec) && one.content_type === label)
          .map(({ provider: _provider, model: _model, content_type: _label, ...score }) => score),
      }
    })
    .toSorted((a, b) => b.quality - a.quality)
}
