import { expect, test } from 'vitest'
import { createUndelivered } from './undelivered.ts'

test('an answer that was lost is found once, by an equal request of the same project, for a while', () => {
  let now = 0
  const undelivered = createUndelivered(() => now)
  undelivered.remember('prj_1', 'boat', 'job_1')
  undelivered.remember('prj_1', 'boat', 'job_2')
  expect(undelivered.take('prj_2', 'boat')).toBeNull()
  expect(undelivered.take('prj_1', 'ship')).toBeNull()
  expect(undelivered.take('prj_1', 'boat')).toBe('job_1')
  expect(undelivered.take('prj_1', 'boat')).toBe('job_2')
  expect(undelivered.take('prj_1', 'boat')).toBeNull()
  undelivered.remember('prj_1', 'boat', 'job_3')
  now = 3_600_000
  expect(undelivered.take('prj_1', 'boat')).toBeNull()
})
