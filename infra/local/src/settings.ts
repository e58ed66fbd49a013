import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadCatalogue } from '@halftone/catalogue'
import { canCall, providerIds } from '@halftone/providers'
import { z } from 'zod'

/** What a stack makes once and keeps: so that a second start answers to the same keys and old signed URLs still work. */
const secretsSchema = z.object({ key: z.string(), adminKey: z.string(), urlSecret: z.string() })
export type Secrets = z.infer<typeof secretsSchema>

export async function keepSecrets(dir: string): Promise<Secrets> {
  const path = join(dir, 'secrets.json')
  if (existsSync(path)) return secretsSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  const secret = (prefix: string) => `${prefix}${randomBytes(32).toString('base64url')}`
  const secrets = { key: secret('ht_'), adminKey: secret('hta_'), urlSecret: secret('') }
  await mkdir(dir, { recursive: true })
  await writeFile(path, JSON.stringify(secrets, null, 2), { mode: 0o600 })
  return secrets
}

export interface ProviderSetup {
  simulate: boolean
  providers: string[]
  /** Only for the worker: nobody else opens a key. */
  keys: Record<string, string>
}

/** With any real key only real providers are used, unless HALFTONE_SIMULATE says otherwise; without one, the simulator. */
export async function setUpProviders(env: NodeJS.ProcessEnv): Promise<ProviderSetup> {
  // the overlay has no say in this; but a fault in it is told here once, instead of by every service
  const name = env.HALFTONE_CATALOGUE === 'reference' ? 'reference' : 'current'
  const catalogue = await loadCatalogue(name, env.HALFTONE_CATALOGUE_FILE || undefined)
  const withKey = catalogue.providers.filter((provider) => canCall(provider) && env[provider.key_env])
  const asked = ['1', 'true', 'yes'].includes(env.HALFTONE_SIMULATE ?? '')
  if (asked || withKey.length === 0) {
    const played = catalogue.providers.filter(({ id }) => providerIds.includes(id))
    return { simulate: true, providers: played.map(({ id }) => id), keys: {} }
  }
  const names = withKey.flatMap(({ key_env }) => {
    const beside = ['BASE_URL', 'ADMIN_KEY', 'API_KEY_ID']
    return [key_env, ...beside.map((what) => key_env.replace(/_API_(KEY|TOKEN)$/, `_${what}`))]
  })
  const keys = Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])))
  return { simulate: false, providers: withKey.map(({ id }) => id), keys }
}
