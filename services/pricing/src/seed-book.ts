import type { BookedRule, Catalogue, Component, PriceRule, Signals } from '@halftone/contracts'
import type { PriceStore } from '@halftone/ledger'
import type { Logger } from '@halftone/service-kit'
import { publishChanges } from './publish-changes.ts'
import { outranks, sameTerms } from './rule-difference.ts'
import { simulatorSourceId } from './sources/simulator.ts'
import type { PriceSource } from './sources/source.ts'

/**
 * Puts the catalogue's rules into the book where it lacks them or holds worse ones. `start` returns once that is
 * committed: a ledger that is away is waited for.
 */
export function createSeedBook(options: {
  catalogue: Catalogue
  /** What is followed from now on; sources of earlier runs are put aside. */
  sources: readonly PriceSource[]
  simulated: boolean
  prices: Pick<PriceStore, 'current' | 'put' | 'sources'>
  signals: Pick<Signals, 'publish'>
  pause(): Promise<void>
  log: Logger
}): Component {
  const { prices, log } = options
  let stopped = false
  const seed = async () => {
    await prices.sources.declare(
      options.sources.map(({ id, role, providers }) => ({ id, role, providers: [...(providers ?? [])] })),
    )
    const { rules } = await prices.current()
    const missing = rulesToSeed(options.catalogue.rules, rules, options.simulated)
    if (missing.length === 0) return
    const changes = await prices.put(missing)
    await publishChanges(changes, options.signals)
    log.info({ catalogue: options.catalogue.name, rules: changes.length }, 'the price book was filled')
  }
  return {
    name: 'seed price book',
    async start() {
      while (!stopped) {
        try {
          return await seed()
        } catch (error) {
          log.error({ err: error }, 'the price book cannot be filled yet')
          await options.pause()
        }
      }
    },
    async stop() {
      stopped = true
    },
  }
}

/** Which of the shipped rules belong in a book that holds these. */
export function rulesToSeed(
  shipped: readonly PriceRule[],
  booked: readonly BookedRule[],
  simulated: boolean,
): PriceRule[] {
  const byId = new Map(booked.map(({ rule }) => [rule.id, rule]))
  return shipped.filter((rule) => {
    const known = byId.get(rule.id)
    if (!known) return true
    // what a simulator once said is no price when real money is spent
    if (!simulated && known.source.id === simulatorSourceId) return true
    // an end that a feed announced is kept, though the catalogue does not know of it
    const shipped = { ...rule, retires_on: earlier(rule.retires_on, known.retires_on) }
    return outranks(rule, known) && !sameTerms(shipped, known)
  })
}

function earlier(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other
  return one < other ? one : other
}
