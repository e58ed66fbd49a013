import type { Routed } from './types.ts'

type Later = 'ranked' | 'excluded' | 'summary' | 'affinity'
/** How each of these is made, once. */
export type Makers = { [K in Later]: () => Routed[K] }

const makers = Symbol('makers')

// Defined here once and not in each plan: V8 keeps a hidden class for every new getter until a full garbage collection.
const later: PropertyDescriptorMap & ThisType<{ [makers]: Makers }> = {
  ranked: {
    enumerable: true,
    get() {
      return this[makers].ranked()
    },
  },
  excluded: {
    enumerable: true,
    get() {
      return this[makers].excluded()
    },
  },
  summary: {
    enumerable: true,
    get() {
      return this[makers].summary()
    },
  },
  affinity: {
    enumerable: true,
    get() {
      return this[makers].affinity()
    },
  },
}

/**
 * A plan whose order, reasons and words are made when they are read: most plans are asked for their choice alone.
 * Otherwise it is like any object: spread or stored, it is whole.
 */
export function lazyPlan(known: Omit<Routed, Later>, made: Makers): Routed {
  const plan = Object.defineProperty({ ...known }, makers, { value: made })
  return Object.defineProperties(plan, later) as unknown as Routed
}
