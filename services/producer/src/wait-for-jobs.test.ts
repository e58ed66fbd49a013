import type { JobRow, WholeJob } from '@halftone/ledger'
import { expect, test, vi } from 'vitest'
import { createFakeSignals } from './testing/fake-signals.ts'
import { createJobWaits } from './wait-for-jobs.ts'

const never = new AbortController().signal

async function setUp() {
  let status: JobRow['status'] = 'running'
  let reads = 0
  const signals = createFakeSignals()
  const jobs = {
    job: async (_project: string, id: string) => {
      reads++
      return id === 'job_1'
        ? ({ job: { status } as JobRow, attempts: [], plan: null, chain: null } satisfies WholeJob)
        : null
    },
  }
  const waits = createJobWaits({ jobs, signals })
  await waits.start()
  return {
    waits,
    reads: () => reads,
    end: () => {
      status = 'succeeded'
    },
    signal: (id = 'job_1') => signals.publish('ended', [{ job_id: id, bulk_id: null }]),
  }
}

test('the signal of its end wakes a wait at once, others do not', async () => {
  const { waits, reads, end, signal } = await setUp()
  const waiting = waits.untilEnded('p', 'job_1', 60_000, never)
  await vi.waitFor(() => expect(reads()).toBe(1))
  await signal('job_2')
  expect(reads()).toBe(1)
  end()
  await signal()
  expect((await waiting)?.job.status).toBe('succeeded')
})

test('a lost signal costs two seconds and nothing else', async () => {
  vi.useFakeTimers()
  const { waits, end } = await setUp()
  const waiting = waits.untilEnded('p', 'job_1', 60_000, never)
  await vi.advanceTimersByTimeAsync(1_000)
  end()
  await vi.advanceTimersByTimeAsync(1_000)
  expect((await waiting)?.job.status).toBe('succeeded')
  vi.useRealTimers()
})

test('a wait ends with its time, with its caller, with this process, and for a job that is not there', async () => {
  const { waits, reads } = await setUp()
  expect((await waits.untilEnded('p', 'job_1', 5, never))?.job.status).toBe('running')
  expect(await waits.untilEnded('p', 'job_9', 60_000, never)).toBeNull()
  const caller = new AbortController()
  const before = reads()
  const left = waits.untilEnded('p', 'job_1', 60_000, caller.signal)
  const stopped = waits.untilEnded('p', 'job_1', 60_000, never)
  await vi.waitFor(() => expect(reads()).toBe(before + 2))
  caller.abort()
  expect((await left)?.job.status).toBe('running')
  await waits.stop(0)
  expect((await stopped)?.job.status).toBe('running')
})
