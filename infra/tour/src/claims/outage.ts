import type { Claim } from '../claim.ts'
import { choiceOf } from '../named.ts'

const draws = 10_000

/** What happens while a provider is out. It comes last: the stack is not the same for a while. */
export const outageClaims: Claim[] = [
  {
    says: 'The load of a provider that is out is shared by cost efficiency; it does not all go to the dearest',
    ground: 'reckoned',
    async show({ reckoner }) {
      const job = { operation: 'edit', edit_kind: 'inpaint', prompt: 'a door', image: 'file' } as const
      const random = seeded(1)
      const counts: Record<string, number> = {}
      for (let draw = 0; draw < draws; draw++) {
        const down = ['stability/clipdrop']
        const choice = choiceOf(reckoner.plan(job, { maskedPixels: 50_000, down, random })) ?? 'nobody'
        counts[choice] = (counts[choice] ?? 0) + 1
      }
      const flat = (counts['stability/flat-inpaint'] ?? 0) / draws
      const janus = (counts['deepseek/janus'] ?? 0) / draws
      return {
        call: `route {"edit_kind": "inpaint"} with stability/clipdrop out, ${draws.toLocaleString('en-US')} draws`,
        found: `$0.04: ${percent(flat)}, $0.05: ${percent(janus)}; by 1/cost it would be 55.6 % and 44.4 %`,
        // three standard deviations of 10,000 draws are 1.5 %
        holds: Math.abs(flat - 5 / 9) < 0.015 && Math.abs(flat + janus - 1) < 1e-9,
      }
    },
  },
  {
    says: 'When the cheapest provider goes down, its jobs are done by those that are left, and none is lost',
    ground: 'live',
    async show({ desk }) {
      await desk.takeDown('replicate')
      const jobs = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          desk.buy({ prompt: `a stamp with the number ${index}`, size: '1024x1024' }),
        ),
      ).finally(() => desk.repair())
      const elsewhere = jobs.filter(({ provider }) => provider === 'openai')
      return {
        call: 'POST simulator/faults {"provider": "replicate", "kind": "down"}; 12 × POST /v1/jobs',
        found: `${jobs.length} of 12 done, ${elsewhere.length} by openai/dall-e-4 at $${elsewhere[0]?.cost_usd}; ${elsewhere[0]?.why?.summary}`,
        holds: jobs.length === 12 && elsewhere.length === 12,
      }
    },
  },
]

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

/** The same draws on every tour. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
