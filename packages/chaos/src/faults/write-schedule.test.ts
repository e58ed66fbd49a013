import { expect, test } from 'vitest'
import { faultSchema } from './fault.ts'
import { writeSchedule } from './write-schedule.ts'

test('a seed repeats its schedule, another seed has another, and a night of faults has every kind', () => {
  expect(writeSchedule(7, 60)).toEqual(writeSchedule(7, 60))
  expect(writeSchedule(7, 60)).not.toEqual(writeSchedule(8, 60))
  const schedule = writeSchedule(7, 120)
  expect(schedule).toHaveLength(120)
  expect(schedule.toSorted((a, b) => a.atMs - b.atMs)).toEqual(schedule)
  for (const { fault } of schedule) faultSchema.parse(fault)
  expect(new Set(schedule.map(({ name }) => name)).size).toBe(35)
})
