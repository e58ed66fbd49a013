import type { PriceComponent } from '@halftone/contracts'
import type { Origin } from './feed-rule.ts'
import type { Names } from './names.ts'

/**
 * How a JSON feed is read, as data. A `Path` is dotted: `pricing.image`. `*` stands for every member of an object or a list,
 * `*size` does so too and keeps the member's key under that name. A path that starts with `./` begins where the amount
 * stands. A `Ref` is a path, `$name` for a kept key, or `=text` for itself.
 */
export type Path = string
export type Ref = string | { at: Path; match: string }

export type Condition = { at: Path } & (
  | { is: string }
  /** It is a list that holds this. */
  | { holds: string }
  /** It is a list of nothing but this. */
  | { holdsOnly: string }
  | { matches: string }
  | { exists: boolean }
)

type WithoutAmount<C> = C extends unknown ? Omit<C, 'amount'> : never

export interface PriceLine {
  at: Path
  component: WithoutAmount<PriceComponent>
  /** The feed's number times 10 to this power is dollars per the component's unit. */
  shift: number
  /** As much more, by what another field says: `1K`, `1M`. Anything else there: not understood. */
  shiftBy?: { at: Path; table: Readonly<Record<string, number>> }
  /** `default` and nothing at all stand for every size. */
  size?: Ref
  quality?: Ref
  when?: readonly Condition[]
  /** In a feed where a zero says "not charged apart" rather than "not priced". */
  skipZero?: boolean
}

export interface FeedMapping {
  id: string
  kind: Origin['kind']
  confidence: number
  names?: Names
  /** The way to the rows: a member, or every member, keeping its key or some of its fields. */
  rows: readonly (string | { each: true; key?: string; keep?: Readonly<Record<string, string>> })[]
  when?: readonly Condition[]
  provider: Ref
  model: Ref
  operation?: string
  currency?: Path
  validFrom?: Path
  retiresOn?: Path
  /** A list of prices with start dates: the one of today takes its place. */
  dated?: Path
  /** Each makes a rule for its tier. */
  prices: readonly PriceLine[]
  /** Added to every rule of the row. */
  extras?: readonly PriceLine[]
  stepsRatio?: { defaultSteps: Path }
  /** What a row that lacks every price is: a model of unknown price, or nothing to us. */
  unpriced: 'unknown' | 'skip'
  /** The feed is not what it should be unless one row has this. */
  mustHave?: { at: Path; otherwise: string }
  /** Where the next page's address stands. */
  next?: Path
}
