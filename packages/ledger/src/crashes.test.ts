import { newId, type PublicError } from '@halftone/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Evidence, Finish, Ledger } from './ledger.ts'
import { allowsRebuy } from './may-rebuy.ts'
import { balanceFaults } from './testing/balance-faults.ts'
import { openLedger } from './testing/open-ledger.ts'
import { claimOf, dispatch, image, newJob, newProject, startAccepted } from './testing/sample-jobs.ts'

const opened = openLedger()
const cut: PublicError = { code: 'outcome_unknown', message: 'cut', next: null }
const evidence: Evidence = { by: 'poll', says: 'asked' }

/** Where a worker dies, or what it lives to see; and what becomes of the job meanwhile. */
const call = fc.record({
  /** The provider makes the picture and charges for it. */
  paid: fc.boolean(),
  crash: fc.constantFrom('never', 'before-send', 'after-send', 'after-store', 'finish-lost'),
  /** The answer comes, or is cut. */
  answer: fc.constantFrom('whole', 'cut'),
  /** What happens to an attempt whose worker died. */
  after: fc.constantFrom('taken-over', 'orphaned', 'poison'),
  /** The dead worker was only paused, and finishes late. */
  wakes: fc.boolean(),
  canceled: fc.boolean(),
})
const story = fc.record({
  policy: fc.constantFrom('hold', 'auto', 'resubmit'),
  calls: fc.array(call, { minLength: 1, maxLength: 4 }),
  /** In which order the unknown are resolved, and how often each is said. */
  resolveEarly: fc.boolean(),
  webhook: fc.boolean(),
})
type Call = (typeof call extends fc.Arbitrary<infer T> ? T : never) & {}
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never

const cost = 60n
const worst = 100n

/** The provider: what it charged for, by attempt. */
type Charges = Map<string, bigint>

async function expire(attemptId: string): Promise<void> {
  await opened.sql`update attempts set lease_until = now() - interval '1 second', recover_after = now() where id = ${attemptId}`
}

/** One dispatch of the job with one attempt, up to the end of what happens to it. */
async function play(
  ledger: Ledger,
  jobId: string,
  { policy }: Story,
  one: Call,
  charges: Charges,
): Promise<void> {
  const [generation = -1] = await dispatch(ledger, [jobId], worst)
  if (generation < 0) return
  const claim = await ledger.attempts.claim(claimOf(jobId, generation, { worst }))
  if (claim.kind !== 'claimed') return
  const { attemptId, fence } = claim
  const isSent = one.crash !== 'before-send'
  if (isSent && one.paid) charges.set(attemptId, (charges.get(attemptId) ?? 0n) + cost)
  const rebuy = allowsRebuy(policy, worst)
  const real: Finish = one.paid
    ? { attemptId, fence, kind: 'succeeded', cost, images: [image()] }
    : { attemptId, fence, kind: 'released', error: cut, avoid: null, delayMs: 0 }
  const unsent: Finish = { attemptId, fence, kind: 'released', error: cut, avoid: null, delayMs: 0 }
  const unknown: Finish = { attemptId, fence, kind: 'unknown', error: cut, rebuy, avoid: null }
  const own = !isSent ? unsent : one.answer === 'whole' ? real : unknown
  if (one.canceled) await opened.sql`update jobs set cancel_requested = true where id = ${jobId}`
  if (one.crash === 'never' || one.crash === 'finish-lost') {
    await ledger.attempts.finish(own)
    // the answer to the COMMIT was lost: the same is asked again
    if (one.crash === 'finish-lost') await ledger.attempts.finish(own)
    return
  }
  await expire(attemptId)
  await recover(ledger, jobId, attemptId, one, unknown)
  if (one.wakes) await ledger.attempts.finish(own)
}

async function recover(
  ledger: Ledger,
  jobId: string,
  attemptId: string,
  one: Call,
  unknown: Finish,
): Promise<void> {
  if (one.after === 'poison') await ledger.recovery.expiredLeases(0, 1_000)
  if (one.after === 'orphaned') {
    await ledger.recovery.expiredLeases(9, 1_000, 0)
    await expire(attemptId)
    await ledger.recovery.expiredLeases(9, 1_000, 0)
  }
  if (one.after !== 'taken-over') return
  const { retry } = await ledger.recovery.expiredLeases(9, 1_000)
  const ticket = retry.find(({ id }) => id === jobId)
  if (!ticket) throw new Error('nobody was asked to take over')
  const claim = await ledger.attempts.claim(claimOf(jobId, ticket.generation, { owner: 'worker-2' }))
  if (claim.kind !== 'takeover') throw new Error(`the takeover was answered with ${claim.kind}`)
  const { fence } = claim
  // pictures that were stored before the crash are booked; of anything else nobody can tell
  const found: Finish =
    one.crash === 'after-store' && one.paid
      ? { attemptId, fence, kind: 'succeeded', cost, images: [image()] }
      : { ...unknown, fence }
  await ledger.attempts.finish(found)
}

/** The provider's word on everything that is unknown; said twice. */
async function tellTruth(ledger: Ledger, projectId: string, jobId: string, charges: Charges): Promise<void> {
  const { attempts } = (await ledger.jobs.job(projectId, jobId))!
  for (const { id, state } of attempts) {
    if (state !== 'unknown') continue
    const charged = charges.get(id)
    const truth =
      charged === undefined
        ? ({ outcome: 'free', cost: 0n, images: [] } as const)
        : ({ outcome: 'paid', cost: charged, images: [image()] } as const)
    for (const expected of [1, 0])
      expect(
        await ledger.reconciliation.resolve([
          { attemptId: id, ...truth, images: [...truth.images], evidence },
        ]),
      ).toHaveLength(expected)
  }
}

test('wherever workers die, the books balance, a job is paid once (twice only by its policy), and the truth settles all', async () => {
  const { ledger, sql } = opened
  const property = fc.asyncProperty(story, async (told) => {
    const projectId = await newProject(ledger)
    const job = newJob({ hold: worst, webhookUrl: told.webhook ? 'http://a.test/' : null })
    await ledger.accept.job({ projectId, job, idempotency: null })
    await sql`update jobs set body = jsonb_set(body, '{routing,on_unknown}', to_jsonb(${told.policy}::text)) where id = ${job.id}`
    const charges: Charges = new Map()
    for (const one of told.calls) {
      await play(ledger, job.id, told, one, charges)
      expect(await balanceFaults(sql)).toEqual({})
      if (told.resolveEarly) await tellTruth(ledger, projectId, job.id, charges)
    }
    const payments = charges.size
    expect(payments).toBeLessThanOrEqual(told.policy === 'hold' ? 1 : 2)
    await ledger.dispatch.end([{ id: job.id, status: 'failed', error: cut }])
    await tellTruth(ledger, projectId, job.id, charges)
    expect(await balanceFaults(sql)).toEqual({})
    const charged = [...charges.values()].reduce((sum, one) => sum + one, 0n)
    expect(await ledger.projects.budget(projectId)).toMatchObject({ held: 0n, spent: charged })
    const ended = (await ledger.jobs.job(projectId, job.id))!.job
    expect(ended).toMatchObject({ cost: charged, hold: 0n })
    expect(ended.finishedAt).not.toBeNull()
    if (payments > 0) expect(ended.images.length, 'what was paid for is there').toBeGreaterThan(0)
  })
  // books that are wrong stay wrong: a smaller story could not be told from the first
  await fc.assert(property, { numRuns: 60, seed: 4, endOnFailure: true })
}, 60_000)

test('an orphaned call ends by its job’s policy, its hold kept: nobody waits for ever', async () => {
  const { ledger, sql } = opened
  for (const { policy, status } of [
    { policy: 'hold', status: 'failed' },
    { policy: 'auto', status: 'classified' },
  ]) {
    const projectId = await newProject(ledger)
    const job = newJob({ hold: worst })
    await ledger.accept.job({ projectId, job, idempotency: null })
    await sql`update jobs set body = jsonb_set(body, '{routing,on_unknown}', to_jsonb(${policy}::text)) where id = ${job.id}`
    const { attemptId } = await startAccepted(ledger, job.id, worst, { attemptId: newId('attempt') })
    const tickets: string[] = []
    // 60 s: four tickets that nobody answers
    for (let round = 0; round < 5; round++) {
      await expire(attemptId)
      const { retry } = await ledger.recovery.expiredLeases(1, 1_000, 60_000)
      tickets.push(...retry.filter(({ id }) => id === job.id).map(({ id }) => id))
    }
    expect(tickets).toHaveLength(4)
    const { job: row, attempts } = (await ledger.jobs.job(projectId, job.id))!
    expect(row.status).toBe(status)
    expect(attempts).toMatchObject([{ state: 'unknown' }])
    expect((await ledger.projects.budget(projectId)).held).toBe(policy === 'hold' ? worst : 2n * worst)
  }
})
