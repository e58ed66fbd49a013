import { candidateSchema, parseUsd } from '@halftone/contracts'
import { z } from 'zod'
import type { Contender, ProbeCandidate, Shop } from './shop.ts'

/** Squares that models commonly make, largest first. */
const sizes = ['1024x1024', '768x768', '512x512']

const quoteSchema = z.object({ candidates: z.array(candidateSchema) })

export interface Field {
  contenders: Contender[]
  /** Models that cannot take part, and why. */
  absent: { key: string; reason: string }[]
}

/** Every model that makes pictures from words here, at the size that it is cheapest at; equal prices take the larger. */
export async function findContenders(shop: Shop, only: readonly string[] | null): Promise<Field> {
  const found = new Map<string, Contender>()
  const absent = new Map<string, string>()
  for (const size of sizes) {
    const body = { prompt: 'a paper boat', size, quality_floor: 0 }
    const { candidates } = quoteSchema.parse(await shop.post('/v1/quotes', body))
    for (const candidate of candidates) consider(candidate, size, found, absent)
  }
  const isAsked = (key: string) =>
    only === null || only.some((name) => key === name || key.startsWith(`${name}/`))
  return {
    contenders: [...found.values()]
      .filter(({ key }) => isAsked(key))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    absent: [...absent]
      .filter(([key]) => !found.has(key) && isAsked(key))
      .map(([key, reason]) => ({ key, reason })),
  }
}

function consider(
  { provider, model, cost_usd, eligible, reason, batch }: ProbeCandidate,
  size: string,
  found: Map<string, Contender>,
  absent: Map<string, string>,
): void {
  const key = `${provider}/${model}`
  if (batch) return
  if (!eligible || cost_usd === null) {
    if (!absent.has(key)) absent.set(key, reason ?? 'its price is not known')
    return
  }
  const known = found.get(key)
  if (!known || parseUsd(cost_usd) < parseUsd(known.usd)) found.set(key, { key, size, usd: cost_usd })
}
