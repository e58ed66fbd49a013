import { currentPrices } from './current.ts'
import { referencePrices } from './reference.ts'

export const catalogues = ['reference', 'current'] as const
export type CatalogueName = (typeof catalogues)[number]
export const providers = [
  'openai',
  'deepseek',
  'replicate',
  'stability',
  'openai-compatible',
  'openrouter',
  'mistral',
  'anthropic',
  'google',
  'bfl',
  'fal',
] as const
export type Provider = (typeof providers)[number]

/** What `amount_usd` buys. */
type PriceUnit =
  | 'image'
  | 'megapixel'
  | 'first_megapixel'
  | '1k_masked_pixels'
  | '1m_image_out_tokens'
  | '1m_text_out_tokens'

/** One row of a provider's price list, as the feed tells it. */
export interface PriceRow {
  rule_id: string
  provider: Provider
  model: string
  operation: string
  /** WIDTHxHEIGHT that this row is for; null = every size. */
  size: string | null
  quality: string | null
  unit: PriceUnit
  amount_usd: string
  /** Since when it costs this much; absent = from the start. */
  changed_at?: string
  extra?: { text_in_usd_per_1m: string; image_in_usd_per_1m?: string; text_out_usd_per_1m?: string }
  /** Beside a `first_megapixel`: every further one, of input pictures too. */
  next_megapixel_usd?: string
}

interface PriceFeed {
  catalogue: CatalogueName
  as_of: string
  rules: PriceRow[]
}

export interface PriceTable {
  feed(): PriceFeed
  /** Changes whenever the feed does, also over a restart. */
  etag(): string
  /**
   * The row for a request, as it stands now. It is a copy: whoever holds it is charged by it, so a request pays the
   * price of the moment it ARRIVED, whatever changes while it runs.
   */
  find(provider: Provider, model: string, operation: string, size?: string): PriceRow | undefined
  has(provider: Provider, model: string): boolean
  /** Changes feed and books at once; undefined = there is no such rule. */
  setAmount(ruleId: string, amountUsd: string): PriceRow | undefined
}

/** The price lists of all providers in one catalogue. */
export function createPriceTable(catalogue: CatalogueName, clock: () => number): PriceTable {
  const rows = structuredClone(catalogue === 'reference' ? referencePrices : currentPrices)
  const bornAt = clock()
  let changedAt = bornAt
  let version = 1
  return {
    feed: () => ({ catalogue, as_of: new Date(changedAt).toISOString(), rules: structuredClone(rows) }),
    etag: () => `W/"${catalogue}-${bornAt.toString(36)}-${version}"`,
    find: (provider, model, operation, size) =>
      structuredClone(
        rows.find(
          (row) =>
            row.provider === provider &&
            row.model === model &&
            row.operation === operation &&
            (row.size === null || row.size === size),
        ),
      ),
    has: (provider, model) => rows.some((row) => row.provider === provider && row.model === model),
    setAmount(ruleId, amountUsd) {
      const row = rows.find((each) => each.rule_id === ruleId)
      if (!row) return undefined
      changedAt = clock()
      version += 1
      row.amount_usd = amountUsd
      row.changed_at = new Date(changedAt).toISOString()
      return structuredClone(row)
    },
  }
}
