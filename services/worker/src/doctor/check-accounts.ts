import type { ProviderErrorCode, ProviderSpec } from '@halftone/contracts'
import { canCall, createProviders, type Http, ProviderError } from '@halftone/providers'
import { readCredentials } from '../credentials.ts'

/** How one provider's account is; nothing in it holds a key or the provider's own words. */
export interface AccountCheck {
  provider: string
  name: string
  key_env: string
  configured: boolean
  base_url: string
  /** null: it was not asked. */
  ok: boolean | null
  code: string | null
  http_status: number | null
  ms: number | null
  /** What is wrong; null: nothing. */
  problem: string | null
  /** What to do about it. */
  next: string | null
}

/** Makes one free call to each provider that has a key. Never throws: every way to fail is an answer. */
export async function checkAccounts(
  providers: readonly ProviderSpec[],
  env: Record<string, string | undefined>,
  http: Http,
  now: () => number,
): Promise<AccountCheck[]> {
  const spoken = providers.filter(canCall)
  const credentials = readCredentials(spoken, env, null)
  return Promise.all(
    spoken.map(async (spec) => {
      const own = credentials[spec.id]
      const check = blank(spec, own?.baseUrl ?? spec.base_url)
      if (!own) return { ...check, next: `set ${spec.key_env} in .env to use it` }
      if (!isHttp(own.baseUrl))
        return {
          ...check,
          configured: true,
          ok: false,
          problem: 'its base URL is none',
          next: wrongUrl(spec),
        }
      const started = now()
      const fault = await probe(spec, own, http)
      const found = { ...check, configured: true, ms: Math.round(now() - started) }
      return fault === null ? { ...found, ok: true } : { ...found, ...told(fault, spec) }
    }),
  )
}

function blank(spec: ProviderSpec, baseUrl: string): AccountCheck {
  const { id, name, key_env } = spec
  const facts = { provider: id, name, key_env, configured: false, base_url: withoutSecrets(baseUrl) }
  return { ...facts, ok: null, code: null, http_status: null, ms: null, problem: null, next: null }
}

async function probe(
  spec: ProviderSpec,
  credentials: { key: string; baseUrl: string },
  http: Http,
): Promise<ProviderError | null> {
  try {
    const adapter = createProviders({ [spec.id]: credentials }, http, [spec]).get(spec.id)
    await adapter?.probe(AbortSignal.timeout(10_000))
    return null
  } catch (error) {
    if (error instanceof ProviderError) return error
    return new ProviderError('bad_answer', 'it cannot be asked', { billed: 'no', cause: error })
  }
}

const cures: Record<ProviderErrorCode, (spec: ProviderSpec) => string> = {
  provider_auth: ({ key_env, name }) =>
    `make a new key at ${name}, or give this one its rights; put it in .env as ${key_env}, and start again`,
  provider_out_of_credit: ({ name }) => `top the account up at ${name}`,
  provider_config: wrongUrl,
  provider_down: (spec) =>
    `see whether this machine reaches it (network, proxy, firewall); ${wrongUrl(spec)}`,
  rate_limited: () => 'nothing: the key works, and the provider asks to wait',
  bad_answer: wrongUrl,
  outcome_unknown: () => 'try again: the answer was cut',
  invalid_request: () => 'report it: the free call is not accepted as we make it',
  content_policy: () => 'report it: the free call is not accepted as we make it',
}

function told(
  { code, message, status }: ProviderError,
  spec: ProviderSpec,
): Pick<AccountCheck, 'ok' | 'code' | 'http_status' | 'problem' | 'next'> {
  return { ok: code === 'rate_limited', code, http_status: status, problem: message, next: cures[code](spec) }
}

function wrongUrl({ key_env, base_url }: ProviderSpec): string {
  return `check ${key_env.replace(/_API_(KEY|TOKEN)$/, '')}_BASE_URL, or leave it out (${base_url})`
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

/** Some put a password into the URL of their own gateway. */
function withoutSecrets(text: string): string {
  if (!URL.canParse(text)) return text
  const url = new URL(text)
  return url.username || url.password ? `${url.protocol}//…@${url.host}${url.pathname}` : text
}
