import { jobBodySchema, type UsageDimension } from '@halftone/contracts'
import { expect, test } from 'vitest'
import { openLedger } from './testing/open-ledger.ts'
import { image, newPlan, newProject, start } from './testing/sample-jobs.ts'

const opened = openLedger()

test('usage adds up what ended: cost, pictures, savings against the baseline, and money held for the unknown', async () => {
  const { ledger } = opened
  const project = await newProject(ledger)
  const end = async (post: number, baseline: bigint | null, cost: bigint | null) => {
    const body = jobBodySchema.parse({ prompt: 'x', metadata: { post } })
    const { attemptId, fence } = await start(ledger, project, { baseline, body })
    const error = { code: 'outcome_unknown' as const, message: 'cut', next: null }
    if (cost === null)
      await ledger.attempts.finish({ attemptId, fence, kind: 'unknown', error, rebuy: false, avoid: null })
    else await ledger.attempts.finish({ attemptId, fence, kind: 'succeeded', cost, images: [image()] })
  }
  await end(1, 90n, 30n)
  await end(1, 90n, 40n)
  await end(2, null, 50n)
  await end(2, 90n, null)
  await start(ledger, project)

  const sum = (groupBy: UsageDimension[], simulated = true, from = new Date(0)) =>
    ledger.usage.sum(project, { from, to: new Date(Date.now() + 60_000), groupBy, simulated, rowsMax: 10 })
  const { rows, total } = await sum(['provider', 'metadata.post'])
  expect(rows).toEqual([
    {
      ...{ group: ['openai', '1'], jobs: 2, succeeded: 2, images: 2 },
      ...{ cost: 70n, baseline: 180n, savings: 110n, affinitySavings: 0n, unknownHeld: 0n },
    },
    {
      ...{ group: ['openai', '2'], jobs: 2, succeeded: 1, images: 1 },
      ...{ cost: 50n, baseline: 0n, savings: 0n, affinitySavings: 0n, unknownHeld: 100n },
    },
  ])
  const whole = {
    jobs: 4,
    succeeded: 3,
    images: 3,
    cost: 120n,
    baseline: 180n,
    savings: 110n,
    affinitySavings: 0n,
    unknownHeld: 100n,
  }
  expect(total).toEqual(whole)
  expect(await sum([])).toEqual({ rows: [{ group: [], ...whole }], total: whole })
  const today = new Date().toISOString().slice(0, 10)
  expect((await sum(['day', 'content_type', 'operation', 'model'])).rows[0]?.group).toEqual([
    ...[today, 'logo', 'generate', 'model-1'],
  ])
  // simulated money is never added to real money, nor that of others or of another time
  expect((await sum(['provider'], false)).total.jobs).toBe(0)
  expect((await sum(['provider'], true, new Date(Date.now() + 1_000))).total.jobs).toBe(0)
  const other = await newProject(ledger)
  const query = {
    from: new Date(0),
    to: new Date(),
    groupBy: ['provider'],
    simulated: true,
    rowsMax: 9,
  } as const
  expect(await ledger.usage.sum(other, query)).toMatchObject({ rows: [], total: { jobs: 0, cost: 0n } })
})

test('usage tells what was saved by knowing the content type: beside the cheapest model that is good at all of them', async () => {
  const { ledger, sql } = opened
  const project = await newProject(ledger)
  const affinity = {
    labels: ['portrait' as const],
    floor: 0.5,
    all_rounder: { provider: 'openai', model: 'best', cost_nano: 80n },
  }
  const { plan, digest } = newPlan('knowing')
  const [planId] = await ledger.dispatch.savePlans([{ digest, plan: { ...plan, affinity } }])
  for (const cost of [30n, 90n]) {
    const { jobId, attemptId, fence } = await start(ledger, project)
    await sql`update jobs set plan_id = ${planId!} where id = ${jobId}`
    await ledger.attempts.finish({ attemptId, fence, kind: 'succeeded', cost, images: [image()] })
  }
  const query = { groupBy: [], simulated: true, rowsMax: 9 }
  const span = { from: new Date(0), to: new Date(Date.now() + 60_000) }
  // one was 50 cheaper, the other 10 dearer
  expect((await ledger.usage.sum(project, { ...span, ...query })).total.affinitySavings).toBe(40n)
})
