import type { Catalogue, ProviderSpec } from '@halftone/contracts'
import type { Config } from './config.ts'

/** Which pools this process serves, and what each provider allows. Throws on a pool that it has no key for. */
export function servePools(
  catalogue: Pick<Catalogue, 'providers'>,
  configured: readonly string[],
  config: Pick<Config, 'HALFTONE_POOLS' | 'HALFTONE_LIMITS'>,
): { pools: readonly string[]; limitsOf(provider: string): ProviderSpec['limits'] } {
  const pools = config.HALFTONE_POOLS ?? configured
  const withoutKey = pools.filter((pool) => !configured.includes(pool))
  if (withoutKey.length > 0)
    throw new Error(`HALFTONE_POOLS names ${withoutKey.join(', ')}, for which there is no key`)
  if (pools.length === 0) throw new Error('no provider has a key: set one, or HALFTONE_SIMULATE=1')
  const limits = new Map(
    catalogue.providers.map(({ id, limits }) => [id, { ...limits, ...config.HALFTONE_LIMITS[id] }]),
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
