import type { QualityScore } from '@halftone/contracts'
import { expect, test } from 'vitest'
import { applyQuality } from './apply-quality.ts'
import { makeCatalogue, makeSpec } from './testing/fakes.ts'

const catalogue = makeCatalogue(makeSpec(), makeSpec({ model: 'other' }))
const score: QualityScore = {
  provider: 'replicate',
  model: 'flux',
  content_type: 'logo',
  method: 'ocr',
  score: 0.9,
  low: 0.8,
  high: 1,
  n: 8,
  measured_at: '2026-11-22T12:00:00.000Z',
  note: null,
}

test('measurements overrule a prior, each by its n; what nobody measured keeps its prior', () => {
  const judged = {
    ...score,
    method: 'judge' as const,
    score: 0.5,
    n: 10,
    measured_at: '2026-11-23T12:00:00Z',
  }
  const { models, measured, priors } = applyQuality(catalogue, { scores: [score, judged], floors: [] })
  // (2 × 0.3 + 8 × 0.9 + 10 × 0.5) / 20
  expect(models[0]?.quality).toEqual({ logo: 0.64 })
  expect(models[1]).toBe(catalogue.models[1])
  expect(priors).toBe(catalogue.models)
  expect(measured?.get('replicate/flux')).toEqual({
    logo: { n: 18, methods: ['ocr', 'judge'], at: '2026-11-23T12:00:00Z' },
  })
})

test('floors that were set go before the catalogue’s, and a project’s own stand apart', () => {
  const set = { content_type: 'logo' as const, source: 'x' }
  const { floors, projectFloors } = applyQuality(catalogue, {
    scores: [],
    floors: [
      { ...set, floor: 0.7, project_id: null },
      { ...set, floor: 0.2, project_id: 'prj_1' },
    ],
  })
  expect(floors).toEqual({ logo: 0.7 })
  expect(projectFloors?.get('prj_1')).toEqual({ logo: 0.2 })
})
