/**
 * A URL in a provider's answer is input. It may lead to the configured host (on any port: a simulator, a proxy), or by
 * https to one of the provider's own domains or below it. null = to neither.
 */
export function trustedUrl(text: string, baseUrl: string, domains: readonly string[]): URL | null {
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return null
  const home = new URL(baseUrl)
  const isHome = url.protocol === home.protocol && url.hostname === home.hostname
  const isTheirs = url.protocol === 'https:' && url.port === '' && isBelow(url.hostname, domains)
  return isHome || isTheirs ? url : null
}

function isBelow(host: string, domains: readonly string[]): boolean {
  return domains.some((domain) => host === domain || host.endsWith(`.${domain}`))
}
