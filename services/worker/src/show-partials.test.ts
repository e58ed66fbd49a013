import { silentLogger } from '@halftone/service-kit'
import { expect, test } from 'vitest'
import { createPartials } from './show-partials.ts'

test('a picture of the work under way is stored before it is told; one that is none is not told', async () => {
  const steps: string[] = []
  const told = Promise.withResolvers<unknown>()
  const partials = createPartials({
    signals: {
      publish: async (name, message) => {
        steps.push(name)
        told.resolve(message)
      },
    },
    artifacts: {
      put: async (bytes) => {
        steps.push('store')
        return { sha256: 'sha', bytes: bytes.length }
      },
    },
    check: async (bytes) => {
      if (bytes.length === 0) throw new Error('no picture')
      return { width: 4, height: 2, format: 'png' }
    },
    log: silentLogger,
  })
  partials.show('job_1', new Uint8Array(), 0)
  partials.show('job_1', new Uint8Array(3), 1)
  expect(await told.promise).toEqual({
    ...{ job_id: 'job_1', index: 1, sha256: 'sha', width: 4, height: 2, format: 'png' },
  })
  expect(steps).toEqual(['store', 'partial'])
})

test('a job’s pictures are told in the order in which they came, however long each takes to store', async () => {
  const told: number[] = []
  const both = Promise.withResolvers<void>()
  const partials = createPartials({
    signals: {
      publish: async (_, message) => {
        told.push('index' in message ? message.index : -1)
        if (told.length === 2) both.resolve()
      },
    },
    artifacts: {
      put: async (bytes) => {
        // the second would be told at once, were it not for the first
        if (bytes.length === 1) await new Promise(setImmediate)
        return { sha256: 'sha', bytes: bytes.length }
      },
    },
    check: async () => ({ width: 4, height: 2, format: 'png' }),
    log: silentLogger,
  })
  partials.show('job_1', new Uint8Array(1), 0)
  partials.show('job_1', new Uint8Array(2), 1)
  await both.promise
  expect(told).toEqual([0, 1])
})
