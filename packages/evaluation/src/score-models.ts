import type { ContentType, QualityFloor, QualityMethod, QualityScore } from '@halftone/contracts'
import type { Reading } from './read-pictures.ts'
import type { KnownByType } from './shop.ts'
import { bradleyTerry, type Comparison, type Estimate, meanOf, qualityFrom } from './statistics.ts'

export type ComparedByType = ReadonlyMap<ContentType, readonly Comparison[]>

/** From what was read: the mean over a type's pictures. */
export function scoresFromReading(readings: readonly Reading[], at: string): QualityScore[] {
  const own = Map.groupBy(readings, ({ picture }) => {
    const { prompt, contender } = picture.task
    return `${prompt.contentType} ${contender.key}`
  })
  return [...own.values()].map((group) => {
    const { prompt, contender } = group[0]!.picture.task
    const wrong = group.reduce((sum, { errorRate }) => sum + errorRate, 0) / group.length
    const note = `${(wrong * 100).toFixed(1)} % of the asked letters wrong, read by OCR`
    return scoreOf(
      prompt.contentType,
      contender.key,
      'ocr',
      meanOf(group.map(({ score }) => score)),
      at,
      note,
    )
  })
}

/** From pairs: Bradley–Terry strengths around what is known of those that were compared. */
export function scoresFromPairs(
  compared: ComparedByType,
  known: KnownByType,
  method: QualityMethod,
  at: string,
): QualityScore[] {
  return [...compared].flatMap(([contentType, comparisons]) => {
    const strengths = bradleyTerry(comparisons)
    const anchor = anchorOf(contentType, [...strengths.keys()], known)
    return [...strengths].map(([key, strength]) => {
      const note = `Bradley–Terry ${strength.strength.toFixed(2)} ± ${(1.96 * strength.standardError).toFixed(2)}`
      return scoreOf(contentType, key, method, qualityFrom(strength, anchor), at, note)
    })
  })
}

function anchorOf(contentType: ContentType, keys: readonly string[], known: KnownByType): number {
  const priors = (known.get(contentType) ?? [])
    .filter(({ provider, model }) => keys.includes(`${provider}/${model}`))
    .map(({ prior }) => prior.score)
  const mean = priors.length === 0 ? 0.5 : priors.reduce((sum, one) => sum + one, 0) / priors.length
  return Math.min(0.95, Math.max(0.05, mean))
}

function scoreOf(
  content_type: ContentType,
  key: string,
  method: QualityMethod,
  estimate: Estimate,
  measured_at: string,
  note: string,
): QualityScore {
  const [provider = '', ...model] = key.split('/')
  return { provider, model: model.join('/'), content_type, method, ...estimate, measured_at, note }
}

/** Good enough is who comes that near to the best. */
const goodEnoughShare = 0.85
const modelsMin = 2
const picturesMin = 3

/** Floors that follow from what was measured, for types where at least two models were looked at closely enough. */
export function floorsFrom(scores: readonly QualityScore[], known: KnownByType): QualityFloor[] {
  const byType = Map.groupBy(scores, ({ content_type }) => content_type)
  return [...byType].flatMap(([content_type, own]) => {
    const byModel = Map.groupBy(own, ({ provider, model }) => `${provider}/${model}`)
    const looked = [...byModel].filter(([, each]) => each.reduce((sum, { n }) => sum + n, 0) >= picturesMin)
    if (looked.length < modelsMin) return []
    const best = Math.max(...looked.map(([key, each]) => effective(each, content_type, key, known)))
    const floor = Math.round(best * goodEnoughShare * 100) / 100
    const source = `evaluation: ${Math.round(goodEnoughShare * 100)} % of the best of ${looked.length} measured`
    return [{ content_type, floor, project_id: null, source }]
  })
}

/** What routing will go by: the measurements and the prior, weighed. */
function effective(scores: QualityScore[], label: ContentType, key: string, known: KnownByType): number {
  const prior = known.get(label)?.find(({ provider, model }) => `${provider}/${model}` === key)?.prior
  const { weight, score } = prior ?? { weight: 0, score: 0 }
  const total = scores.reduce((sum, { n }) => sum + n, weight)
  return scores.reduce((sum, one) => sum + one.n * one.score, weight * score) / total
}
