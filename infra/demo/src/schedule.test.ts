import { jobBodySchema } from '@halftone/contracts'
import { expect, test } from 'vitest'
import { writeSchedule } from './schedule.ts'

const pictures = [{ image: 'file_a', masks: ['file_b'] }]

test('a schedule is the same for the same seed, another for another, and every job of it is valid', () => {
  const options = { jobs: 400, seed: 7, catalogue: 'current', pictures } as const
  const jobs = writeSchedule(options)
  expect(jobs).toHaveLength(400)
  expect(writeSchedule(options)).toEqual(jobs)
  expect(writeSchedule({ ...options, seed: 8 })).not.toEqual(jobs)
  for (const job of jobs) expect(jobBodySchema.safeParse(job).error).toBeUndefined()
})

test('a schedule is varied: edits with masks, several sizes, and hardly any prompt twice in a row', () => {
  const jobs = writeSchedule({ jobs: 1_000, seed: 1, catalogue: 'current', pictures })
  expect(jobs.filter(({ mask }) => mask).length).toBeGreaterThan(20)
  expect(new Set(jobs.map(({ size }) => size)).size).toBeGreaterThan(4)
  expect(new Set(jobs.map(({ prompt }) => prompt)).size).toBeGreaterThan(400)
})
