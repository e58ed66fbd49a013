import { z } from 'zod'
import { type ContentType, contentTypes } from './content-types.ts'

/**
 * How a score came about: words read by OCR, pairs judged by a vision model, pairs judged by a person, or an operator's
 * word.
 */
export const qualityMethods = ['ocr', 'judge', 'votes', 'operator'] as const
export type QualityMethod = (typeof qualityMethods)[number]

const share = z.number().min(0).max(1)

/** One measurement of one model for one content type: 0..1, with its interval of 95 %. */
export const qualityScoreSchema = z.strictObject({
  provider: z.string().min(1).max(100),
  model: z.string().min(1).max(200),
  content_type: z.enum(contentTypes),
  method: z.enum(qualityMethods),
  score: share,
  low: share,
  high: share,
  n: z.int().min(1).max(1_000_000).describe('pictures or votes that it rests on'),
  measured_at: z.iso.datetime({ offset: true }),
  note: z.string().max(500).nullable().default(null),
})
export type QualityScore = z.infer<typeof qualityScoreSchema>

export const qualityFloorSchema = z.strictObject({
  content_type: z.enum(contentTypes),
  floor: share.nullable().describe('null: the catalogue’s again, or for a project the one of everybody'),
  project_id: z.string().nullable().default(null).describe('null: for everybody'),
  source: z.string().min(1).max(500).default('operator'),
})
export type QualityFloor = z.infer<typeof qualityFloorSchema>

/** All that holds now, beside the catalogue's priors and floors. */
export interface QualityBook {
  scores: readonly QualityScore[]
  floors: readonly (QualityFloor & { floor: number })[]
}

export type Floors = Readonly<Partial<Record<ContentType, number>>>

/** What a score rests on that was measured. */
export interface Measured {
  n: number
  methods: readonly QualityMethod[]
  /** ISO time of the newest measurement. */
  at: string
}
