import { setTimeout as delay } from 'node:timers/promises'
import { type Artist, createArtist } from './art/artist.ts'
import { type Books, createBooks } from './books.ts'
import { createFaults, type Faults } from './faults.ts'
import { createLatency, type Latency } from './latency.ts'
import {
  type CatalogueName,
  createPriceTable,
  type PriceTable,
  type Provider,
  providers,
} from './prices/table.ts'
import { createRateWindow, type RateWindow } from './rate-window.ts'

export interface SimulationOptions {
  catalogue?: CatalogueName
  /** All chance, art included, follows from it. */
  seed?: string
  /** Factor on every latency; 0 = at once. */
  latency?: number
  /** Paid requests per minute and key that a provider takes; the rest get its 429. None by default. */
  limits?: Partial<Record<Provider, number>>
  /** The providers' documented limits and unruly webhooks as well. */
  strict?: boolean
  /** How late the providers' usage reports are. */
  usageLagMs?: number
  /** How long an hour of a batch's window is. */
  batchHourMs?: number
  /** A JSONL file that the books are kept in; absent = in memory. */
  booksFile?: string
  /** Epoch ms. */
  clock?: () => number
}

/** What all providers stand on. */
export interface Simulation {
  catalogue: CatalogueName
  seed: string
  strict: boolean
  usageLagMs: number
  batchHourMs: number
  clock: () => number
  prices: PriceTable
  books: Books
  faults: Faults
  latency: Latency
  artist: Artist
  /** Ms that this account must wait before its next paid request; 0 = it is let in. */
  admit(provider: Provider, account: string): number
  /** Rejects when the simulator stops, so that nothing unfinished is booked after that. */
  sleep(ms: number): Promise<void>
  stop(): void
}

export function createSimulation(options: SimulationOptions): Simulation {
  const {
    catalogue = 'current',
    seed = '1',
    latency = 1,
    limits = {},
    strict = false,
    usageLagMs = 10_000,
    batchHourMs = 3_600_000,
    clock = Date.now,
  } = options
  const stopping = new AbortController()
  const windows = rateWindows(limits, strict, clock)
  return {
    catalogue,
    seed,
    strict,
    usageLagMs,
    batchHourMs,
    clock,
    prices: createPriceTable(catalogue, clock),
    books: createBooks({ clock, file: options.booksFile }),
    faults: createFaults({ clock, seed }),
    latency: createLatency({ seed, factor: latency }),
    artist: createArtist(seed, catalogue),
    admit: (provider, account) =>
      Math.max(
        0,
        ...windows.filter((each) => each.provider === provider).map(({ window }) => window.take(account)),
      ),
    async sleep(ms) {
      stopping.signal.throwIfAborted()
      if (ms > 0) await delay(ms, undefined, { signal: stopping.signal })
    },
    stop: () => stopping.abort(),
  }
}

function rateWindows(
  limits: Partial<Record<Provider, number>>,
  strict: boolean,
  clock: () => number,
): { provider: Provider; window: RateWindow }[] {
  const asked = providers.flatMap((provider) => {
    const places = limits[provider]
    return places ? [{ provider, window: createRateWindow({ places, windowMs: 60_000, clock }) }] : []
  })
  if (!strict) return asked
  const documented = [
    {
      provider: 'stability' as const,
      window: createRateWindow({ places: 150, windowMs: 10_000, penaltyMs: 60_000, clock }),
    },
    { provider: 'replicate' as const, window: createRateWindow({ places: 600, windowMs: 60_000, clock }) },
  ]
  return [...asked, ...documented]
}
