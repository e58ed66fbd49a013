import type { ProviderSpec } from '@halftone/contracts'
import type { Credentials } from '@halftone/providers'

/** The simulator's doors, in the shape of each provider's base URL. */
const simulatedPaths: Record<string, string> = {
  openai: '/openai/v1',
  replicate: '/replicate/v1',
  stability: '/stability',
}

/**
 * The keys that the environment has, by provider id: each provider's own variable, and beside it one for another base
 * URL. With a simulator, only what it simulates, and never a real key.
 */
export function readCredentials(
  providers: readonly ProviderSpec[],
  env: Record<string, string | undefined>,
  simulatorUrl: string | null,
): Record<string, Credentials> {
  const found: Record<string, Credentials> = {}
  for (const { id, key_env: keyName, base_url: realUrl } of providers) {
    const path = simulatedPaths[id]
    const key = env[keyName]
    if (simulatorUrl !== null) {
      if (path) found[id] = { key: 'simulated', baseUrl: `${simulatorUrl.replace(/\/$/, '')}${path}` }
    } else if (key) {
      const urlName = `${keyName.replace(/_API_(KEY|TOKEN)$/, '')}_BASE_URL`
      found[id] = { key, baseUrl: (env[urlName] || realUrl).replace(/\/$/, '') }
    }
  }
  return found
}
