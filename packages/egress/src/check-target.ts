import { isIP } from 'node:net'
import { createAddressRule } from './address-rule.ts'
import { BlockedTargetError, isPublicName, parseTarget, publicPorts } from './guarded-agent.ts'

/**
 * What can be said of a URL before any name is resolved; throws `BlockedTargetError` as the agent would. `listed`: the
 * operator's allow-list names its address.
 */
export function createTargetCheck(options: {
  allowCidrs: readonly string[]
  denyCidrs?: readonly string[]
}): (url: string) => { url: URL; listed: boolean } {
  const classify = createAddressRule(options.allowCidrs, options.denyCidrs)
  return (text) => {
    const url = parseTarget(text)
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const address = host === 'localhost' ? '127.0.0.1' : host
    if (isIP(address) && classify(address) === 'listed') return { url, listed: true }
    // in a network of the operator's own, a name is judged by what it resolves to
    if (!isIP(host) && !isPublicName(host) && options.allowCidrs.length > 0) return { url, listed: false }
    const asPublic = url.protocol === 'https:' && publicPorts.has(url.port)
    if (!asPublic || (isIP(host) ? classify(host) !== 'public' : !isPublicName(host)))
      throw new BlockedTargetError(
        `${url.host} is not called: only public addresses, by https on port 443 or 8443 (the operator may allow more)`,
        { permanent: true },
      )
    return { url, listed: false }
  }
}
