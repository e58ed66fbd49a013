import { expect, test } from 'vitest'
import { renderEvent, type ToldEvent } from './render-event.ts'
import { webhookBodySchema } from './wire.ts'

const message: ToldEvent = {
  id: 'whk_1',
  type: 'image.job.failed',
  sequence: 2,
  createdAt: new Date('2026-11-22T10:00:00Z'),
  job: null,
  bulk: null,
  data: null,
}

test('a failed job tells its error and that its cost is not known', () => {
  const error = { code: 'outcome_unknown', message: 'cut', next: null } as const
  const job = {
    ...({ id: 'job_1', bulkId: 'bulk_1', status: 'failed', cost: null } as const),
    ...{ images: [], error, body: {} },
  }
  const body = webhookBodySchema.parse(renderEvent({ ...message, job }, () => ''))
  expect(body.data).toMatchObject({ bulk_id: 'bulk_1', status: 'failed', cost_usd: null, images: [], error })
})

test('a bulk tells counts, bill and baseline', () => {
  const counts = {
    queued: 0,
    classified: 0,
    dispatched: 0,
    running: 0,
    succeeded: 8,
    failed: 1,
    canceled: 0,
    expired: 1,
  }
  const bulk = {
    id: 'bulk_1',
    projectId: 'prj_1',
    status: 'completed',
    counts,
    spent: 280_000_000n,
    held: 0n,
    baseline: 400_000_000n,
    baselineModel: 'openai/gpt-image-2',
    expectedFinish: null,
    metadata: { night: 'one' },
    retryOf: null,
    webhookUrl: null,
    createdAt: new Date(0),
    finishedAt: new Date(0),
  } as const
  const body = renderEvent({ ...message, type: 'image.bulk.completed', bulk }, () => '')
  expect(webhookBodySchema.parse(body)).toEqual({
    type: 'image.bulk.completed',
    timestamp: '2026-11-22T10:00:00.000Z',
    id: 'whk_1',
    sequence: 2,
    data: {
      bulk_id: 'bulk_1',
      status: 'completed',
      counts,
      cost_usd: '0.28',
      baseline_usd: '0.4',
      baseline_model: 'openai/gpt-image-2',
      metadata: { night: 'one' },
    },
  })
})
