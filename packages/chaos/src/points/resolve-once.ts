import { createLedger } from '@halftone/ledger'

// What an operator's word does to an unknown attempt, as a process of its own that may be killed in the middle of it.
// Arguments: the attempt's id, and what the provider charged in nano-dollars, "0" if nothing.

const [attemptId = '', nano = '0'] = process.argv.slice(2)
const cost = BigInt(nano)
const ledger = createLedger({ url: process.env.DATABASE_URL ?? '', name: 'resolve-once' })
await ledger.reconciliation.resolve([
  {
    attemptId,
    outcome: cost > 0n ? 'paid' : 'free',
    cost,
    images: [],
    evidence: { by: 'operator', says: 'the provider’s books were looked at' },
  },
])
await ledger.stop()
process.exit(0)
