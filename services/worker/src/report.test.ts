import type { Outcome, Signals } from '@halftone/contracts'
import { silentLogger } from '@halftone/service-kit'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createReports } from './report.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const outcome: Outcome = { provider: 'p', model: 'm', size: '64x64', verdict: 'ok', code: null, ms: 1 }
const ended = { kind: 'ended', status: 'succeeded', bulkId: null } as const

test('many ends are few messages, none is lost, and a stop tells the rest', async () => {
  const told: [string, unknown][] = []
  const signals: Signals = {
    publish: async (name, message) => void told.push([name, message]),
    subscribe: async () => {},
  }
  const of = (name: string) => told.filter(([one]) => one === name).map(([, message]) => message)
  const reports = createReports({ signals, log: silentLogger })
  await reports.start()
  await vi.advanceTimersByTimeAsync(100)
  for (let i = 0; i < 1_000; i++) {
    reports.outcome(outcome)
    reports.finished({ ...ended, jobId: `job_${i}` })
  }
  reports.finished({ kind: 'returned' })
  await vi.advanceTimersByTimeAsync(100)
  expect(of('outcomes').flat()).toHaveLength(1_000)
  expect(of('ended').flat()).toHaveLength(1_000)
  expect([of('outcomes').length, of('ended').length, of('outbox').length, of('dispatch').length]).toEqual([
    1, 1, 1, 1,
  ])
  reports.finished({ kind: 'returned' })
  await reports.stop(0)
  expect(of('dispatch'), 'a job that came back is work for the dispatcher').toHaveLength(2)
  expect(of('outbox')).toHaveLength(1)
})
