import { silentLogger } from '@halftone/service-kit'
import { expect, test } from 'vitest'
import { createResultRecorder } from './record-results.ts'

test('results are written in batches, survive a ledger that is away, and are each written once', async () => {
  const written: string[][] = []
  let away = 2
  let rescheduled = 0
  const recorder = createResultRecorder({
    outbox: {
      delivered: async (results) => {
        written.push(results.map(({ id }) => id))
        return false
      },
      failed: async (results) => {
        if (away-- > 0) throw new Error('connection lost')
        written.push(results.map(({ id }) => id))
        return []
      },
    },
    log: silentLogger,
    pause: async () => {},
    onRescheduled: () => rescheduled++,
    onTrouble: () => {},
  })
  const seen = { ms: 1, answer: null }
  recorder.delivered({ id: 'a', status: 200, ...seen })
  recorder.delivered({ id: 'b', status: 204, ...seen })
  recorder.failed({ id: 'c', status: 500, error: 'x', retryInMs: 5, gone: false, ...seen })
  await recorder.recorded()
  expect(written).toEqual([['a', 'b'], ['c']])
  expect(rescheduled).toBe(1)
})
