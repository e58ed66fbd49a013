import type { Claim } from '../claim.ts'
import { choiceOf, named, reasonOf } from '../named.ts'

const square = { prompt: 'a bicycle against a yellow wall', size: '1024x1024' }

/** Who is chosen, and why. */
export const routingClaims: Claim[] = [
  {
    says: 'A 1024 square in under 3 seconds: SD 3.5 Turbo at 2.8 cents and 2.8 s, before DALL-E 4 at 4 cents and 2.5 s',
    ground: 'live',
    async show({ desk }) {
      const timed = async () => {
        const started = performance.now()
        const job = await desk.buy({ ...square, latency: { max_ms: 3_000 } })
        return { job, ms: performance.now() - started }
      }
      // the first job of a stack also pays for what every process loads on first use
      await timed()
      const runs = [await timed(), await timed(), await timed()].sort((a, b) => a.ms - b.ms)
      const { job, ms } = runs[1]!
      const other = job.why?.candidates.find(({ model }) => model === 'dall-e-4')
      return {
        call: 'POST /v1/jobs?wait=60 {"size": "1024x1024", "latency": {"max_ms": 3000}, …}',
        found: `${job.provider}/${job.model} for $${job.cost_usd}, in hand after ${(ms / 1_000).toFixed(1)} s (median of three); next was ${other?.provider}/${other?.model} at $${other?.cost_usd}`,
        holds:
          job.provider === 'replicate' &&
          job.cost_usd === '0.028' &&
          other?.cost_usd === '0.04' &&
          !job.latency_missed &&
          ms < 3_000,
      }
    },
  },
  {
    says: 'A job carries the most it may cost; where nobody asks that little it is refused before anything is spent',
    ground: 'live',
    async show({ desk }) {
      const problem = await desk.refused({ ...square, budget: { max_cost_per_image_usd: '0.02' } })
      return {
        call: 'POST /v1/jobs {"budget": {"max_cost_per_image_usd": "0.02"}, …}',
        found: `${problem.status}: ${problem.detail}`,
        holds: problem.status === 422 && problem.detail.includes('0.028'),
      }
    },
  },
  {
    says: 'A thumbnail never buys a high-resolution tier',
    ground: 'reckoned',
    async show({ reckoner }) {
      const routed = reckoner.plan({ ...square, size: '512x512' })
      const dearest = routed.ranked.at(-1) ?? null
      return {
        call: 'route {"size": "512x512"}',
        found: `${named(routed.choice)}; the dearest that may be chosen is ${named(dearest)}, far below 12 or 15 cents`,
        holds: routed.choice?.cost_nano === 35_000_000n && (dearest?.cost_nano ?? 0n) <= 50_000_000n,
      }
    },
  },
  {
    says: 'Claude makes pictures up to 768x768 for a flat 5 cents, and nothing larger goes there',
    ground: 'reckoned',
    async show({ reckoner }) {
      const within = reckoner.plan({ ...square, size: '768x768' })
      const beyond = ['769x769', '1024x1024', '2048x2048'].map((size) =>
        reasonOf(reckoner.plan({ ...square, size }), 'anthropic/claude-image'),
      )
      return {
        call: 'route {"size": "768x768"}, then 769x769, 1024x1024, 2048x2048',
        found: `768x768: ${named(within.choice)}; beyond: ${beyond[0]}`,
        holds:
          choiceOf(within) === 'anthropic/claude-image' &&
          within.choice?.cost_nano === 50_000_000n &&
          beyond.every((reason) => reason !== null),
      }
    },
  },
  {
    says: 'No provider is the best for every size and use',
    ground: 'reckoned',
    async show({ reckoner }) {
      const sizes = ['512x512', '768x768', '1024x1024', '2048x2048', '4096x4096']
      const winners = sizes.map((size) => reckoner.plan({ ...square, size }))
      const distinct = new Set(winners.map(choiceOf))
      return {
        call: `route {"size": …} for ${sizes.join(', ')}`,
        found: winners.map(({ choice }, index) => `${sizes[index]} ${named(choice)}`).join('; '),
        holds: distinct.size >= 4 && !distinct.has(null),
      }
    },
  },
  {
    says: 'Compare by cost per megapixel and step',
    ground: 'live',
    async show({ desk }) {
      const job = await desk.buy({ ...square, routing: { compare_by: 'megapixel_step' } })
      const candidates = job.why?.candidates.filter(({ eligible }) => eligible) ?? []
      return {
        call: 'POST /v1/jobs {"routing": {"compare_by": "megapixel_step"}, …}',
        found: candidates
          .map(
            (one) =>
              `${one.model} $${one.cost_per_megapixel_usd} a megapixel, a step: ${one.cost_per_step_usd ?? 'has none'}`,
          )
          .join('; '),
        holds: candidates.length === 2 && job.cost_usd === '0.028',
        doubt:
          'the guide wants it per step and names the steps of no model, and bills none of them by the step: here it comes down to the megapixel',
      }
    },
  },
]
