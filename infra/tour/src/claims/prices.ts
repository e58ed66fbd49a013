import { type Nano, parseUsd, toUsd } from '@halftone/contracts'
import type { Claim } from '../claim.ts'
import type { PriceRow } from '../desk.ts'

const dallE = 'dall-e-4'
const imagen = 'imagen-3'

/** What the guide says that providers ask. */
export const priceClaims: Claim[] = [
  {
    says: 'DALL-E 4 asks 4 cents for a 1024 square and 12 for a 2048 one; turbo costs 30 % more',
    ground: 'live',
    async show({ desk }) {
      const rows = await desk.prices()
      const [small, turbo, large] = [
        costOf(rows, dallE, '1024x1024'),
        costOf(rows, dallE, '1024x1024', 'turbo'),
        costOf(rows, dallE, '2048x2048'),
      ]
      const job = await desk.buy({
        prompt: 'a paper boat on a puddle',
        size: '1024x1024',
        mode: 'turbo',
        routing: { model: `openai/${dallE}` },
      })
      return {
        call: 'GET /v1/prices; POST /v1/jobs {"mode": "turbo", "routing": {"model": "openai/dall-e-4"}, …}',
        found: `$${small}, $${large}, turbo $${turbo}; the turbo job was billed $${job.cost_usd}`,
        holds: small === '0.04' && large === '0.12' && turbo === '0.052' && job.cost_usd === '0.052',
        doubt:
          'turbo is the dear way at one provider and, by name, the cheap model at another; the word alone says nothing of the price',
      }
    },
  },
  {
    says: 'Imagen 3 asks 3.5 cents at 512 and 15 at 4K: its price does not grow with the pixels',
    ground: 'live',
    async show({ desk }) {
      const rows = await desk.prices()
      const [small, large, between] = ['512x512', '4096x4096', '1024x1024'].map((size) =>
        costOf(rows, imagen, size),
      )
      const times = (Number(large) / Number(small)).toFixed(1)
      return {
        call: 'GET /v1/prices',
        found: `$${small} and $${large}: ${times} times the price for 64 times the pixels; 1024x1024: ${between ?? 'unknown'}`,
        holds: small === '0.035' && large === '0.15' && between === null,
        doubt:
          'the guide calls this price token-based and names no rate for a token, so every size between is unknown, and unknown is not free: nobody is sent there',
      }
    },
  },
  {
    says: '10,000 pictures a day at 2.8 instead of 4 cents: $120 a day, $3,600 in 30 days',
    ground: 'live',
    async show({ desk }) {
      const rows = await desk.prices({ size: '1024x1024' })
      const dear = parseUsd(costOf(rows, dallE, '1024x1024') ?? '0')
      const cheap = parseUsd(costOf(rows, 'stable-diffusion-3.5-turbo', '1024x1024') ?? '0')
      const day = 10_000n * (dear - cheap)
      const month = 30n * day
      return {
        call: 'GET /v1/prices?size=1024x1024',
        found: `10,000 × ($${toUsd(dear)} − $${toUsd(cheap)}) = ${whole(day)} a day, ${whole(month)} in 30 days`,
        holds: toUsd(day) === '120' && toUsd(month) === '3600',
      }
    },
  },
  {
    says: 'Prices move: what a provider asks is followed, and the very next job is chosen by it',
    ground: 'live',
    async show({ desk }) {
      const rule = 'ref:replicate/sd-3.5-turbo/generate/1024'
      const started = performance.now()
      await desk.setPrice(rule, '0.05')
      const seenMs = Math.round(performance.now() - started)
      const during = await desk.buy({ prompt: 'a kite over dunes', size: '1024x1024' })
      await desk.setPrice(rule, '0.028')
      const after = await desk.buy({ prompt: 'a kite over dunes', size: '1024x1024' })
      return {
        call: `PUT simulator/prices/${rule} {"amount_usd": "0.05"}; POST /v1/jobs; and back`,
        found: `shown after ${seenMs} ms; the next job went to ${during.model} at $${during.cost_usd}, and once it was back, to ${after.model} at $${after.cost_usd}`,
        holds: during.model === dallE && during.cost_usd === '0.04' && after.cost_usd === '0.028',
      }
    },
  },
]

function costOf(rows: PriceRow[], model: string, size: string, mode = 'standard'): string | null {
  const row = rows.find(
    (one) => one.model === model && one.size === size && one.mode === mode && one.operation === 'generate',
  )
  return row?.cost_per_image_usd ?? null
}

function whole(nano: Nano): string {
  return `$${Number(toUsd(nano)).toLocaleString('en-US')}`
}
