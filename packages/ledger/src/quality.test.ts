import type { QualityScore } from '@halftone/contracts'
import { expect, test } from 'vitest'
import { openLedger } from './testing/open-ledger.ts'
import { newProject } from './testing/sample-jobs.ts'

const opened = openLedger()
const score: QualityScore = {
  provider: 'google',
  model: 'imagen-3',
  content_type: 'text_poster',
  method: 'ocr',
  score: 0.98,
  low: 0.9,
  high: 1,
  n: 8,
  measured_at: '2026-11-22T12:00:00.000Z',
  note: null,
}

test('a later measurement takes the place of an earlier one, which history keeps; the same again changes nothing', async () => {
  const { quality } = opened.ledger
  const later = { ...score, score: 0.9, n: 12, measured_at: '2026-11-23T12:00:00.000Z' }
  const judged = { ...score, method: 'judge' as const, n: 3 }
  await quality.record([score, judged])
  await Promise.all([quality.record([later]), quality.record([judged])])
  await quality.record([later])
  expect((await quality.current()).scores).toEqual([judged, later])
  const history = await quality.history(10)
  expect(history[0]).toMatchObject({ ...later, replaced_at: null })
  expect(history.slice(1)).toHaveLength(2)
  expect(history).toContainEqual(expect.objectContaining({ ...score, replaced_at: expect.any(String) }))
})

test('a floor is of everybody or of one project; null takes it back', async () => {
  const { quality } = opened.ledger
  const project_id = await newProject(opened.ledger)
  const floor = { content_type: 'logo' as const, floor: 0.8, project_id: null, source: 'evaluation' }
  const own = { ...floor, floor: 0.4, project_id, source: 'operator' }
  await quality.setFloors([floor, own])
  await quality.setFloors([{ ...own, floor: 0.3 }])
  expect((await quality.current()).floors).toEqual([floor, { ...own, floor: 0.3 }])
  await quality.setFloors([{ ...own, floor: null }])
  expect((await quality.current()).floors).toEqual([floor])
  await expect(quality.setFloors([{ ...own, project_id: 'prj_nobody' }])).rejects.toMatchObject({
    code: 'not_found',
  })
})
