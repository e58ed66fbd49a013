import {
  type Catalogue,
  type ContentType,
  type Floors,
  type Measured,
  type ModelSpec,
  modelKey,
  type QualityBook,
  type QualityScore,
} from '@halftone/contracts'
import type { MarketView } from './market.ts'

export const nothingMeasured: QualityBook = { scores: [], floors: [] }

/** So many pictures is a prior worth: believed where nobody looked, overruled as soon as somebody did. */
export const priorWeight = 2

/** The catalogue's models and floors with what was measured and set laid over them. */
export function applyQuality(
  catalogue: Pick<Catalogue, 'models' | 'floors'>,
  book: QualityBook,
): Pick<MarketView, 'models' | 'priors' | 'measured' | 'floors' | 'projectFloors' | 'quality'> {
  const byModel = Map.groupBy(book.scores, modelKey)
  const own = Map.groupBy(book.floors, ({ project_id }) => project_id)
  const floorsOf = (project: string | null): Floors =>
    Object.fromEntries((own.get(project) ?? []).map(({ content_type, floor }) => [content_type, floor]))
  return {
    quality: book,
    priors: catalogue.models,
    models: catalogue.models.map((spec) => withScores(spec, byModel.get(modelKey(spec)) ?? [])),
    measured: new Map([...byModel].map(([key, scores]) => [key, whatWasMeasured(scores)])),
    floors: { ...catalogue.floors, ...floorsOf(null) },
    projectFloors: new Map(
      [...own.keys()].flatMap((project) => (project === null ? [] : [[project, floorsOf(project)]])),
    ),
  }
}

function withScores(spec: ModelSpec, scores: readonly QualityScore[]): ModelSpec {
  if (scores.length === 0) return spec
  const known = [...Map.groupBy(scores, ({ content_type }) => content_type)].map(([label, measured]) => {
    const weights = measured.reduce((sum, { n }) => sum + n, priorWeight)
    const prior = spec.quality[label] ?? spec.quality_default
    const total = measured.reduce((sum, { n, score }) => sum + n * score, priorWeight * prior)
    return [label, Math.round((total / weights) * 1_000) / 1_000] as const
  })
  return { ...spec, quality: { ...spec.quality, ...Object.fromEntries(known) } }
}

function whatWasMeasured(scores: readonly QualityScore[]): Partial<Record<ContentType, Measured>> {
  const byLabel = Map.groupBy(scores, ({ content_type }) => content_type)
  return Object.fromEntries(
    [...byLabel].map(([label, own]) => [
      label,
      {
        n: own.reduce((sum, { n }) => sum + n, 0),
        methods: own.map(({ method }) => method),
        at: own
          .map(({ measured_at }) => measured_at)
          .toSorted()
          .at(-1)!,
      },
    ]),
  )
}
