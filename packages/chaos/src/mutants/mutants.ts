/** A mistake that somebody might make, and what must find it. */
export interface Mutant {
  name: string
  /** Each text is there exactly once in its file, and is replaced. */
  changes: { file: string; from: string; to: string }[]
  /** `A`: the model. Else the one case of layer B, as point / strike / kind. */
  caughtBy: 'A' | `${string} / ${string} / ${string}`
}

const ledger = 'packages/ledger/src'
const live = `and state in ('submitting', 'submitted') order by id for no key update\``

/** The twelve of the plan, each as real code. */
export const mutants: Mutant[] = [
  {
    name: 'a claim does not look at the state of the job',
    changes: [
      {
        file: `${ledger}/claim.ts`,
        from: "  if (job.status !== 'dispatched') return { kind: 'void' }\n",
        to: '',
      },
    ],
    caughtBy: 'A',
  },
  {
    name: 'a paid call is sent again when its answer is lost, as SDKs do',
    changes: [
      {
        file: 'services/worker/src/make-call.ts',
        from: 'started = await attempt.provider.start(callOf(attempt, inputs, deps))',
        to: 'const again = () => attempt.provider.start(callOf(attempt, inputs, deps))\n    started = await again().catch(again)',
      },
    ],
    caughtBy: 'paid-unanswered / cut / sync',
  },
  {
    name: 'the intent is committed after the call was sent',
    changes: [
      {
        file: `${ledger}/attempts.ts`,
        from: 'const claim = await claims.add(request)',
        to: "const claim: Claim = { kind: 'claimed', attemptId: request.attemptId, fence: 1n }\n      setTimeout(() => void claims.add(request), 500)",
      },
    ],
    caughtBy: 'paid-unanswered / kill / sync',
  },
  {
    name: '202 before the COMMIT',
    changes: [
      {
        file: 'services/producer/src/accept/accept-job.ts',
        from: 'const accepted = await ledger.accept.job({',
        to: "const accepted: { kind: string; status: number; answer: unknown } = { kind: 'accepted', status: 202, answer: null }\n  void ledger.accept.job({",
      },
    ],
    caughtBy: 'before-accept-commit / kill / sync',
  },
  {
    name: 'the reaper takes what nobody answers for as free',
    changes: [
      {
        file: `${ledger}/recovery.ts`,
        from: '      leaveUnknown(booking, job, attempt, poisonError)\n',
        to: "      booking.attempts.push({ id: attempt.id, state: 'released', cost: 0n, paid: false, error: poisonError })\n",
      },
    ],
    caughtBy: 'A',
  },
  {
    name: 'BullMQ tries a ticket three times, and a ticket that comes again is worked on again',
    changes: [
      {
        file: 'packages/queue/src/create-queue.ts',
        from: '          attempts: 1,\n',
        to: '          attempts: 3,\n',
      },
      {
        // alone it changes nothing: every ticket but the first meets a job that is not "dispatched" any more
        file: `${ledger}/claim.ts`,
        from: "  if (live) return live.leaseValid ? { kind: 'busy' } : { kind: 'takeover', attempt: live }\n  if (job.status !== 'dispatched') return { kind: 'void' }\n",
        to: "  if (live) return { kind: 'takeover', attempt: live }\n",
      },
    ],
    caughtBy: 'A',
  },
  {
    name: 'an attempt is settled as often as somebody says so',
    changes: [
      {
        file: 'packages/ledger/migrations/0001_init.sql',
        from: 'create unique index ledger_once_per_attempt',
        to: 'create index ledger_once_per_attempt',
      },
      {
        file: `${ledger}/lock-jobs.ts`,
        from: live,
        to: live.replace("'submitted'", "'submitted', 'settled'"),
      },
    ],
    caughtBy: 'A',
  },
  {
    name: 'a budget is read, then written',
    changes: [
      {
        file: `${ledger}/accept.ts`,
        from: 'order by id for no key update',
        to: 'order by id',
      },
    ],
    caughtBy: 'A',
  },
  {
    name: 'what a budget holds is counted in Redis, which was wiped',
    changes: [
      {
        file: `${ledger}/budget.ts`,
        from: 'account.held + account.spent + nano <= account.limit',
        to: 'account.spent + nano <= account.limit',
      },
    ],
    caughtBy: 'A',
  },
  {
    name: 'a ticket counts as sent before the queue has it',
    changes: [
      {
        file: 'services/dispatcher/src/recover-jobs.ts',
        from: '[retellClassifier, reticketLost, takeOverDead, expireLate]',
        to: '[takeOverDead, expireLate, retellClassifier, reticketLost].slice(0, 2)',
      },
    ],
    caughtBy: 'inside-add-bulk / kill / async',
  },
  {
    name: 'a provider’s callback is believed without asking the provider',
    changes: [
      {
        file: `${ledger}/create-ledger.ts`,
        from: '  const reconciliation = createReconciliation(database)\n',
        to: `  const reconciliation = createReconciliation(database)
  if (name === 'producer') believeCallbacks(attempts)
`,
      },
      {
        file: `${ledger}/create-ledger.ts`,
        from: '/** Connects when first asked something.',
        to: `function believeCallbacks(attempts: ReturnType<typeof createAttempts>): void {
  const channel = process.getBuiltinModule('node:diagnostics_channel')
  channel.subscribe('http.server.request.start', (message) => {
    const { request } = message as { request: { url: string } }
    const attemptId = /^.callbacks.*(att_[0-9a-f]{32})/.exec(request.url)?.[1]
    if (attemptId)
      void attempts.finish({ attemptId, fence: 1n, kind: 'succeeded', cost: 0n, images: [] })
  })
}

/** Connects when first asked something.`,
      },
    ],
    caughtBy: 'before-claim / redis-wipe / async',
  },
  {
    name: 'dollars in floating point',
    changes: [
      {
        file: `${ledger}/booking.ts`,
        from: "if (to === 'spent') account.spent += nano",
        to: "if (to === 'spent') account.spent = BigInt(Math.trunc((Number(account.spent) / 1e9 + Number(nano) / 1e9) * 1e9))",
      },
    ],
    caughtBy: 'A',
  },
]
