import type { Claim } from '../claim.ts'
import { choiceOf, named, reasonOf } from '../named.ts'

const small = { prompt: 'Poster: NIGHT MARKET, every Friday', size: '512x512' }

/** What a content type changes. */
export const qualityClaims: Claim[] = [
  {
    says: 'Typography keeps away from the provider that is bad at text, and takes the good, cheaper one',
    ground: 'reckoned',
    async show({ reckoner }) {
      const routed = reckoner.plan({ ...small, content_type: 'typography' })
      const claude = reasonOf(routed, 'anthropic/claude-image')
      return {
        call: 'route {"size": "512x512", "content_type": "typography"}',
        found: `${named(routed.choice)}; anthropic/claude-image: ${claude}`,
        holds: choiceOf(routed) === 'google/imagen-3' && (claude?.includes('quality') ?? false),
        doubt:
          'the guide says "at half the cost"; by its own prices it is $0.035 against $0.050, which is 70 %, and at 1024x1024 one has no known price and the other cannot',
      }
    },
  },
  {
    says: 'Photographs go to the provider that excels at them where that much is asked, else to the cheapest that is good enough',
    ground: 'reckoned',
    async show({ reckoner }) {
      const photo = { ...small, prompt: 'a harbour at dawn', content_type: 'photorealistic' }
      const usual = reckoner.plan(photo)
      const demanding = reckoner.plan({ ...photo, quality_floor: 0.9 })
      return {
        call: 'route {"content_type": "photorealistic"}, then with "quality_floor": 0.9',
        found: `${named(usual.choice)}; asked for 0.9: ${named(demanding.choice)}`,
        holds: choiceOf(usual) === 'google/imagen-3' && choiceOf(demanding) === 'anthropic/claude-image',
      }
    },
  },
]
