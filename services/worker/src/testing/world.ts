import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { NoteStore } from '@halftone/artifacts'
import type { BookedRule, JobBody, Outcome, PriceRule } from '@halftone/contracts'
import { AppError } from '@halftone/contracts'
import type { Claim, ClaimRequest, Finish, Finished, RunnableJob } from '@halftone/ledger'
import type { Gate, Slot } from '@halftone/limits'
import type { MarketView } from '@halftone/market'
import { createPriceBook } from '@halftone/price-book'
import type { ImageProvider } from '@halftone/providers'
import { silentLogger } from '@halftone/service-kit'
import { createAttemptNotes } from '../attempt-notes.ts'
import { createBells } from '../bells.ts'
import type { Dependencies } from '../dependencies.ts'
import { createLiveCalls } from '../live-calls.ts'
import type { Settings } from '../settings.ts'
import { jobOf, picture, ruleAt, spec, start } from './samples.ts'

export interface World {
  deps: Dependencies
  job: RunnableJob
  provider: ImageProvider
  /** Every step that matters, in order. */
  steps: string[]
  finishes: Finish[]
  outcomes: Outcome[]
  /** What the breaker was told; `none`: a call was not made after all. */
  verdicts: (Outcome['verdict'] | 'none')[]
  view: MarketView
  claims: ClaimRequest[]
  slotsGivenBack: number
  /** Notes beside the pictures, by attempt. */
  notes: Map<string, string>
  /** What the stores answer next. */
  answers: {
    claim: Claim | null
    slot: Slot
    /** Of the account, once the wait for the slot is over. */
    stoppedMs: number
    gate: Extract<Gate, { kind: 'shut' }> | { kind: 'pass'; probe: boolean }
    finished: Finished
    history: BookedRule[]
    /** Thrown by the next calls, one each. */
    claimErrors: Error[]
    finishErrors: Error[]
    storeErrors: Error[]
  }
  /** Moves the clocks. */
  pass(ms: number): void
}

/** One job on its way, with a ledger, stores and clocks that do what the test says. Sleeping moves the clocks. */
export function createWorld(
  given: {
    body?: Partial<JobBody>
    job?: Partial<RunnableJob>
    provider?: Partial<ImageProvider>
    rule?: PriceRule
    settings?: Partial<Settings>
  } = {},
): World {
  const steps: string[] = []
  let passed = 0
  const stopping = new AbortController()
  const booked: BookedRule = { version: 7, rule: given.rule ?? ruleAt('0.03') }
  const objects = new Map<string, Uint8Array>()
  const world: Omit<World, 'deps'> = {
    steps,
    finishes: [],
    outcomes: [],
    verdicts: [],
    claims: [],
    slotsGivenBack: 0,
    notes: new Map(),
    job: jobOf(given),
    provider: {
      id: 'replicate',
      recoverability: 'blind',
      start: async () => ({ kind: 'done', result: { images: [picture()], usage: {} } }),
      probe: async () => {},
      ...given.provider,
    },
    view: {
      version: 1,
      priceVersion: 7,
      pricesAsOf: start,
      providers: new Map(),
      models: [spec],
      rules: new Map([['replicate/flux', [booked]]]),
      health: new Map(),
      floors: {},
    },
    answers: {
      claim: null,
      slot: { kind: 'granted', waitMs: 0, lease: { account: 'replicate', id: 'lease_1', grantedAt: 1 } },
      stoppedMs: 0,
      gate: { kind: 'pass', probe: false },
      finished: { kind: 'ended', status: 'succeeded', bulkId: null, jobId: 'job_1' },
      history: [booked],
      claimErrors: [],
      finishErrors: [],
      storeErrors: [],
    },
    pass: (ms) => {
      passed += ms
    },
  }
  const { answers } = world
  const real = world.provider
  const noted = <A extends unknown[], R>(step: string, call: ((...args: A) => R) | undefined) =>
    call &&
    ((...args: A): R => {
      steps.push(step)
      return call(...args)
    })
  const provider: ImageProvider = {
    ...real,
    start: noted('start', real.start) ?? real.start,
    poll: noted('poll', real.poll),
    find: noted('find', real.find),
    cancel: noted('cancel', real.cancel),
  }
  const deps: Dependencies = {
    attempts: {
      load: async () => world.job,
      async claim(request) {
        steps.push('claim')
        world.claims.push(request)
        const error = answers.claimErrors.shift()
        if (error) throw error
        return answers.claim ?? { kind: 'claimed', attemptId: request.attemptId, fence: 1n }
      },
      async submitted(_, __, ref) {
        steps.push(`submitted ${ref}`)
      },
      async finish(finish) {
        steps.push(`finish ${finish.kind}`)
        const error = answers.finishErrors.shift()
        if (error) throw error
        world.finishes.push(finish)
        return answers.finished
      },
      extendLeases: async () => {},
      handOver: async () => {},
      async giveBack(_, __, avoid, delayMs) {
        steps.push(`give back ${avoid}${delayMs > 0 ? ` in ${delayMs} ms` : ''}`)
      },
      unknown: async () => [],
    },
    async endWaiting(jobs) {
      steps.push(`end ${jobs[0]?.error.code}`)
      return jobs.map(({ id }) => ({ jobId: id, bulkId: null }))
    },
    async adopt(_, __, ref) {
      steps.push(`adopt ${ref}`)
      return true
    },
    priceHistory: async () => answers.history.map((one) => ({ ...one, from: new Date(start), until: null })),
    market: () => world.view,
    priceOf: (view) => createPriceBook(view.rules).priceOf,
    limits: {
      take: async () => answers.slot,
      confirm: async () => answers.stoppedMs,
      async giveBack() {
        world.slotsGivenBack += 1
      },
      end: async () => {},
      heard: async () => {},
      states: async () => new Map(),
      async refused({ account }, _, ms) {
        steps.push(`refused ${account} ${ms}`)
      },
    },
    breakers: {
      async gate({ provider, model }) {
        steps.push(...(answers.gate.kind === 'shut' ? [`shut ${provider}/${model}`] : []))
        if (answers.gate.kind === 'shut') return answers.gate
        const { probe } = answers.gate
        let recorded = false
        return {
          kind: 'pass',
          pass: {
            probe,
            async record({ health }) {
              recorded = true
              world.verdicts.push(health)
            },
            async release() {
              if (!recorded) world.verdicts.push('none')
            },
          },
        }
      },
    },
    limitsOf: () => ({ requests_per_minute: 600, concurrent: 4 }),
    artifacts: {
      async put(bytes) {
        const error = answers.storeErrors.shift()
        if (error) throw error
        steps.push('store')
        const sha256 = createHash('sha256').update(bytes).digest('hex')
        objects.set(sha256, bytes)
        return { sha256, bytes: bytes.length }
      },
      async get(sha256) {
        const bytes = objects.get(sha256)
        if (!bytes) throw new AppError('not_found', 'no such object')
        return bytes
      },
      stream: async () => {
        throw new Error('not used')
      },
      has: async (sha256) => objects.has(sha256),
      check: async () => {},
    },
    pictures: {
      async check(bytes) {
        const [, width, height, format] =
          /^(\d+)x(\d+) (png|jpeg|webp)/.exec(Buffer.from(bytes).toString()) ?? []
        if (format !== 'png' && format !== 'jpeg' && format !== 'webp') throw new Error('no picture')
        return { width: Number(width), height: Number(height), format }
      },
      async transcode(bytes, format) {
        const text = Buffer.from(bytes).toString()
        if (!text.includes('png')) throw new Error('lossy')
        return Buffer.from(text.replace('png', format))
      },
    },
    providers: new Map([[provider.id, provider]]),
    notes: createAttemptNotes(createMemoryNotes(world.notes), silentLogger),
    partials: { show() {} },
    liveCalls: createLiveCalls(),
    bells: createBells(),
    reports: {
      outcome: (outcome) => void world.outcomes.push(outcome),
      probe: () => {},
      finished: () => void steps.push('told'),
    },
    meter: { attempt: () => {}, callSeconds: () => {}, settled: () => {} },
    settings: {
      owner: 'me',
      leaseMs: 15_000,
      callTimeoutMs: 5_000,
      pollMaxMs: 60_000,
      findMs: 30_000,
      attemptsMax: 6,
      callbackUrl: null,
      callbackSecret: 'a secret of the stack',
      reconcileMs: 1_000,
      lagMs: 60_000,
      usageSkewMs: 0,
      personMs: 86_400_000,
      simulated: true,
      ...given.settings,
    },
    stopping: stopping.signal,
    clock: () => start + passed,
    monotonic: () => passed,
    random: () => 0.5,
    async sleep(ms, signal) {
      if (!signal?.aborted) passed += ms
      await setImmediate()
    },
    log: silentLogger,
  }
  return Object.assign(world, { deps, pass: world.pass })
}

function createMemoryNotes(notes: Map<string, string>): NoteStore {
  return {
    put: async (name, text) => void notes.set(name, text),
    get: async (name) => notes.get(name) ?? null,
    remove: async (name) => void notes.delete(name),
  }
}
