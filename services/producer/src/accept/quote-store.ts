import { createHash } from 'node:crypto'
import type { BulkQuoteAnswer, QuoteAnswer } from '@halftone/contracts'
import type { Idempotency, Ledger, NewQuote } from '@halftone/ledger'
import type { Stored } from '../idempotency.ts'

/** Stores the quote with its answer; a repeat under the same key gets the first answer. */
export async function storeQuote(
  quotes: Pick<Ledger['quotes'], 'save'>,
  quote: Omit<NewQuote, 'requestDigest'>,
  answer: QuoteAnswer | BulkQuoteAnswer,
  idempotency: Idempotency | null,
): Promise<Stored> {
  const saved = await quotes.save({
    quote: { ...quote, requestDigest: digestOfShares(quote.shares) },
    idempotency: idempotency && { ...idempotency, status: 200, answer },
  })
  return saved.kind === 'replayed' ? saved : { status: 200, answer }
}

/** Equal for the same jobs in any order. */
function digestOfShares(shares: NewQuote['shares']): Buffer {
  const lines = shares.map(({ digest, jobs }) => `${jobs} ${digest}`).toSorted()
  return createHash('sha256').update(lines.join('\n')).digest()
}
