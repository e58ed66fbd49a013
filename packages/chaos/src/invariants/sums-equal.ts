import type { Nano } from '@halftone/contracts'
import type { AttemptFact, Facts, PaymentFact } from './facts.ts'

export interface Sums {
  /** Settled and resolved as paid. */
  ledger: Nano
  simulator: Nano
  /** Paid by attempts of which the ledger does not know the outcome. */
  unknownPaid: Nano
  /** Booked at the price of a moment before, because the new one was not to be known yet: ledger less than paid. */
  priceLag: Nano
}

export function sumsOf(facts: Facts): Sums {
  const { attempts, payments } = facts
  const byId = new Map(attempts.map((attempt) => [attempt.id, attempt]))
  const add = (list: Nano[]) => list.reduce((sum, nano) => sum + nano, 0n)
  const attemptOf = ({ attemptId }: PaymentFact) => (attemptId === null ? undefined : byId.get(attemptId))
  return {
    ledger: add(attempts.filter(isBooked).map(({ costNano }) => costNano ?? 0n)),
    simulator: add(payments.map(({ nano }) => nano)),
    unknownPaid: add(
      payments.filter((payment) => attemptOf(payment)?.state === 'unknown').map(({ nano }) => nano),
    ),
    priceLag: add(
      payments.map((payment) => {
        const attempt = attemptOf(payment)
        if (!attempt || !isBooked(attempt) || !newsCameLate(facts, attempt, payment)) return 0n
        return payment.nano - (attempt.costNano ?? 0n)
      }),
    ),
  }
}

/** I4: what the ledger says was spent is what the providers got, to the nano-dollar, but for calls it knows to be unknown. */
export function sumsEqual(facts: Facts): string[] {
  const { ledger, simulator, unknownPaid, priceLag } = sumsOf(facts)
  const difference = simulator - unknownPaid - priceLag - ledger
  if (difference === 0n) return []
  const paid = Map.groupBy(facts.payments, ({ attemptId }) => attemptId)
  const odd = facts.attempts.filter((attempt) => {
    const list = paid.get(attempt.id) ?? []
    if (attempt.state === 'unknown') return false
    const nano = list.reduce((sum, payment) => sum + payment.nano, 0n)
    const late = list.some((payment) => isBooked(attempt) && newsCameLate(facts, attempt, payment))
    return !late && nano !== (isBooked(attempt) ? (attempt.costNano ?? 0n) : 0n)
  })
  const examples = odd.slice(0, 5).map((attempt) => {
    const nano = (paid.get(attempt.id) ?? []).map((payment) => payment.nano).join('+') || '0'
    return `attempt ${attempt.id} (${attempt.provider}/${attempt.model}, ${attempt.state}): booked ${attempt.costNano}, paid ${nano}`
  })
  return [`ledger and books differ by ${difference} nano-dollars`, ...examples]
}

const isBooked = ({ state }: AttemptFact) => state === 'settled' || state === 'resolved'

/**
 * A price changed at the provider while the request was on its way, or before it but told only after the attempt was
 * booked: nobody could have booked the new one.
 */
function newsCameLate(facts: Facts, attempt: AttemptFact, payment: PaymentFact): boolean {
  return facts.priceChanges.some(({ at, provider, model }) => {
    if (provider !== payment.provider || !attempt.model.endsWith(model) || at > payment.at) return false
    if (at >= attempt.startedAt) return true
    const told = facts.priceNews
      .filter((news) => news.ruleId === attempt.ruleId && news.at >= at)
      .reduce((first, news) => Math.min(first, news.at), Number.POSITIVE_INFINITY)
    return attempt.finishedAt !== null && told > attempt.finishedAt
  })
}
