import { type Catalogue, limitsOf, type ProviderLimits } from '@halftone/contracts'
import type { Config } from './config.ts'

/** Which pools this process serves, and what each provider allows. Throws on a pool that it has no key for. */
export function servePools(
  catalogue: Pick<Catalogue, 'providers'>,
  configured: readonly string[],
  config: Pick<Config, 'HALFTONE_POOLS' | 'HALFTONE_LIMITS'>,
): { pools: readonly string[]; limitsOf(provider: string): ProviderLimits } {
  const pools = config.HALFTONE_POOLS ?? configured
  const withoutKey = pools.filter((pool) => !configured.includes(pool))
  if (withoutKey.length > 0)
    throw new Error(`HALFTONE_POOLS names ${withoutKey.join(', ')}, for which there is no key`)
  if (pools.length === 0) throw new Error('no provider has a key: set one, or HALFTONE_SIMULATE=1')
  const limits = new Map(
    catalogue.providers.map((provider) => [provider.id, limitsOf(provider, config.HALFTONE_LIMITS)]),
  )
  return {
    pools,
    limitsOf(provider) {
      const own = limits.get(provider)
      if (!own) throw new Error(`the catalogue has no provider "${provider}"`)
      return own
    },
  }
}
