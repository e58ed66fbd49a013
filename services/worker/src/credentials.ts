import type { ProviderSpec } from '@halftone/contracts'
import { type Credentials, providerIds } from '@halftone/providers'

/**
 * The keys that the environment has, by provider id: each provider's own variable, and beside it one for another base
 * URL, and two for its usage report (OPENAI_ADMIN_KEY, OPENAI_API_KEY_ID). With a simulator, all that there is an
 * adapter for, and never a real key: HALFTONE_SIMULATED_KEY, if a check wants to know the key again.
 */
export function readCredentials(
  providers: readonly ProviderSpec[],
  env: Record<string, string | undefined>,
  simulatorUrl: string | null,
): Record<string, Credentials> {
  const found: Record<string, Credentials> = {}
  for (const { id, key_env: keyName, base_url: realUrl } of providers) {
    const key = env[keyName]
    if (simulatorUrl !== null) {
      if (providerIds.includes(id))
        found[id] = {
          key: env.HALFTONE_SIMULATED_KEY || 'simulated',
          adminKey: 'simulated',
          baseUrl: simulatedUrl(simulatorUrl, id, realUrl),
        }
    } else if (key) {
      const name = keyName.replace(/_API_(KEY|TOKEN)$/, '')
      found[id] = {
        key,
        baseUrl: (env[`${name}_BASE_URL`] || realUrl).replace(/\/$/, ''),
        adminKey: env[`${name}_ADMIN_KEY`] || undefined,
        keyId: env[`${name}_API_KEY_ID`] || undefined,
      }
    }
  }
  return found
}

/** The simulator has each provider under its id, with the path of its real base URL. */
function simulatedUrl(simulatorUrl: string, id: string, realUrl: string): string {
  const path = new URL(realUrl).pathname
  return `${simulatorUrl.replace(/\/$/, '')}/${id}${path}`.replace(/\/$/, '')
}
