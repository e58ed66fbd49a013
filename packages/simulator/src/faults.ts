import type { Provider } from './prices/table.ts'
import { hash32 } from './seeded.ts'

/** What can go wrong at a provider, and what it means for the bill. */
export const faultKinds = {
  down: '503, nothing is paid',
  hang: 'the work is done and paid, the answer never comes',
  reset_after_paid: 'the work is done and paid, then the connection is reset',
  rate_limit: '429 in the provider’s own shape, nothing is paid',
  slow: 'five times the latency',
  refuse: 'a refusal for content: nothing is paid, but the tokens of a language model that refuses',
  cut_body: 'the work is done and paid, half of the answer is sent, then the connection is reset',
  bad_json: 'the work is done and paid, the answer is a 200 that nobody can read',
  expire_lot: 'a batch stops in the middle, and expires when its window is over',
  lose_lines: 'a batch completes without every tenth of its lines: not done, not paid, in no file',
} as const
export type FaultKind = keyof typeof faultKinds

const lotKinds: readonly FaultKind[] = ['expire_lot', 'lose_lines']

export interface FaultOrder {
  provider: Provider
  /** null = every model. */
  model: string | null
  kind: FaultKind
  /** Chance per request, 0..1. */
  rate: number
  /** Ends by itself after so long; null = until it is deleted. */
  forMs: number | null
  /** Ends by itself after so many hits; null = never. */
  times?: number | null
}

interface Fault extends FaultOrder {
  id: string
  /** Epoch ms. */
  until: number | null
  /** Requests that met it. */
  hits: number
}

export interface Faults {
  add(order: FaultOrder): Fault
  list(): Fault[]
  remove(id: string): boolean
  clear(): void
  /** Rolls the dice for one request; the oldest fault that strikes wins. Without a model: the provider as a whole. */
  draw(provider: Provider, model: string | null): FaultKind | null
  /** The same for one batch, of the faults that only a batch can have. */
  drawLot(provider: Provider, model: string): FaultKind | null
}

/** Faults that a check has ordered. Chance comes from the seed: the same requests in the same order meet the same faults. */
export function createFaults(options: { clock: () => number; seed: string }): Faults {
  let active: Fault[] = []
  let added = 0
  let drawn = 0

  function alive(): Fault[] {
    const now = options.clock()
    active = active.filter(
      ({ until, hits, times = null }) => (until === null || until > now) && (times === null || hits < times),
    )
    return active
  }

  return {
    add(order) {
      added += 1
      const until = order.forMs === null ? null : options.clock() + order.forMs
      const fault: Fault = { ...order, id: `fault_${added}`, until, hits: 0 }
      active.push(fault)
      return fault
    },
    list: () => alive().map((fault) => ({ ...fault })),
    remove(id) {
      const before = alive().length
      active = active.filter((fault) => fault.id !== id)
      return active.length < before
    },
    clear() {
      active = []
    },
    draw: (provider, model) => strike(provider, model, false),
    drawLot: (provider, model) => strike(provider, model, true),
  }

  function strike(provider: Provider, model: string | null, lot: boolean): FaultKind | null {
    drawn += 1
    for (const fault of alive()) {
      if (lotKinds.includes(fault.kind) !== lot) continue
      if (fault.provider !== provider || (fault.model !== null && fault.model !== model)) continue
      if (hash32(`${options.seed}/${fault.id}/${drawn}`) / 2 ** 32 >= fault.rate) continue
      fault.hits += 1
      return fault.kind
    }
    return null
  }
}
