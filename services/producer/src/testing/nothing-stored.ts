import { expect } from 'vitest'
import type { TestProducer } from './start-producer.ts'

/** No job, no hold: whatever was refused left nothing behind. */
export async function expectNothingStored({ ledger, projectId, tickets }: TestProducer): Promise<void> {
  expect(await ledger.jobs.list(projectId, { limit: 1 })).toEqual({ jobs: [], nextCursor: null })
  expect(await ledger.projects.budget(projectId)).toMatchObject({ held: 0n, spent: 0n })
  expect(tickets).toEqual([])
}
