import type { PriceRule } from '@halftone/contracts'
import { guard } from '../guards.ts'
import { awsRules } from '../sources/aws-price-list.ts'
import { falRules } from '../sources/fal.ts'
import type { Origin } from '../sources/feed-rule.ts'
import { googleSkuRules } from '../sources/google-skus.ts'
import { litellmRules } from '../sources/litellm.ts'
import { mappedRules } from '../sources/mapped-rules.ts'
import type { FeedMapping } from '../sources/mapping.ts'
import { azureRetail } from '../sources/mappings/azure-retail.ts'
import { genaiPrices } from '../sources/mappings/genai-prices.ts'
import { modelsDev } from '../sources/mappings/models-dev.ts'
import { portkey } from '../sources/mappings/portkey.ts'
import { vercel } from '../sources/mappings/vercel.ts'
import { xai } from '../sources/mappings/xai.ts'
import { openrouterRules } from '../sources/openrouter.ts'
import { openrouterImageRules } from '../sources/openrouter-images.ts'
import { fixture } from './fixtures.ts'

export const origin: Origin = {
  kind: 'curated_repo',
  id: 'f',
  confidence: 0.6,
  observedAt: '2026-11-22T00:00:00.000Z',
}
const by = (mapping: FeedMapping) => (feed: unknown) => mappedRules(feed, mapping, origin)
const litellm = (feed: unknown) => litellmRules(feed, origin)
const pick = (feed: unknown, key: string): unknown => (feed as Record<string, unknown>)[key]

/** Every file with who reads it, and how many rules it makes. */
export const importers: Record<string, [(feed: unknown) => PriceRule[], number]> = {
  'litellm/model_prices.image.2026-08-01.json': [litellm, 232],
  'litellm/model_prices.image.2026-06-26.json': [litellm, 243],
  'litellm/incident-2026-01-06.before.json': [litellm, 203],
  'litellm/incident-2026-01-06.during.json': [litellm, 147],
  'litellm/incident-2026-01-06.after.json': [litellm, 203],
  'portkey/pricing.image.2026-08-21.json': [by(portkey), 381],
  'genai-prices/v2.image.2026-08-21.json': [by(genaiPrices), 17],
  'genai-prices/npm-0.1.8.image.json': [by(genaiPrices), 18],
  'models-dev/api.image-output.2026-07-02.json': [by(modelsDev), 135],
  'openrouter/models.image-output.2026-08-01.json': [(feed) => openrouterRules(feed, origin), 11],
  'openrouter/images-api.openapi-examples.2026-08-22.json': [
    (feed) => openrouterImageRules(pick(feed, 'GET /api/v1/images/models/{author}/{slug}/endpoints'), origin),
    1,
  ],
  'synthetic/openrouter.image-endpoints.synthetic.json': [(feed) => openrouterImageRules(feed, origin), 5],
  'synthetic/fal.models-pricing.synthetic.json': [(feed) => falRules(feed, origin), 5],
  'synthetic/vercel-ai-gateway.models.synthetic.json': [by(vercel), 11],
  'synthetic/xai.image-generation-models.synthetic.json': [by(xai), 1],
  'synthetic/azure.retail-prices.synthetic.json': [by(azureRetail), 1],
  'synthetic/aws.price-list.bedrock.synthetic.json': [(feed) => awsRules(feed, origin), 2],
  'synthetic/gcp.billing-catalog.skus.synthetic.json': [(feed) => googleSkuRules(feed, origin), 1],
}
/** Files that are no list of prices, and what they are. */
export const others: Record<string, string> = {
  'README.md': 'text',
  'cross-check.json': 'what a naive reading of the others yields',
  'golden-quotes.json': 'sums, for the price book',
  'reference-catalogue.json': 'rules, for the catalogue',
  'price-rule.schema.json': 'the schema of a rule',
  'litellm/image-price-changes.2025-02_2026-07.jsonl': 'replayed elsewhere',
  'genai-prices/v1-frozen.image.2026-08-21.json': 'refused, below',
  'synthetic/openai.models-with-shutdown.synthetic.json': 'retirements, below',
  'synthetic/bfl.submit-response.synthetic.json': 'the answer to a paid call',
  'synthetic/fal.pricing-estimate.synthetic.json': 'one sum of past calls',
  'synthetic/openai.images-response-usage.synthetic.json': 'the answer to a paid call',
  'synthetic/replicate.prediction.synthetic.json': 'the answer to a paid call',
}

/** What one file says, by id without its source. */
export function read(file: string): Map<string, PriceRule> {
  const rules = importers[file]![0](fixture(file))
  return new Map(rules.map((rule) => [rule.id.replace('f:', ''), rule]))
}
export const amounts = (rule: PriceRule | undefined) =>
  rule?.components.map((part) => ('stream' in part ? `${part.stream} ` : `${part.kind} `) + part.amount)
/** Why the guards hold what they hold of a file that is read for the first time. */
export const findings = (file: string) =>
  new Map(
    guard({
      readings: [...read(file).values()],
      known: new Map(),
      own: new Set(),
      bound: [],
      now: 0,
    }).findings.map(({ ruleId, reason }) => [ruleId?.replace('f:', ''), reason]),
  )
