import { BlockList, isIP } from 'node:net'
import { AppError, type JobBody } from '@halftone/contracts'

/** Where a webhook goes; null = none was asked for. Throws for a target that could never be delivered to. */
export type CheckWebhook = (webhook: JobBody['webhook']) => string | null

/**
 * The early, cheap half of the rule: https, or a host that the operator has allowed. What a name resolves to is
 * checked again by the webhooks service, each time before it connects.
 */
export function createWebhookCheck(allowCidrs: readonly string[]): CheckWebhook {
  const allowed = new BlockList()
  for (const cidr of allowCidrs) {
    const [address = '', bits] = cidr.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (isIP(address) === 0)
      throw new Error(`HALFTONE_WEBHOOK_ALLOW_CIDRS: "${cidr}" is not an address range`)
    allowed.addSubnet(address, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family)
  }
  const isAllowed = (hostname: string) => {
    const host = hostname === 'localhost' ? '127.0.0.1' : hostname.replace(/^\[|\]$/g, '')
    return isIP(host) !== 0 && allowed.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')
  }

  return (webhook) => {
    if (webhook === undefined) return null
    if ('endpoint_id' in webhook)
      throw new AppError('not_found', 'there is no such webhook endpoint', {
        field: '/webhook/endpoint_id',
        next: 'give "webhook": {"url": "https://…"}',
      })
    const url = new URL(webhook.url)
    if (url.username || url.password) throw refused('a webhook URL may not hold a user name or password')
    if (url.protocol !== 'https:' && !isAllowed(url.hostname))
      throw refused(
        'a webhook URL must be https',
        'the operator can allow private addresses by HALFTONE_WEBHOOK_ALLOW_CIDRS',
      )
    return url.href
  }
}

function refused(detail: string, next = 'give an https URL'): AppError {
  return new AppError('invalid_request', detail, { field: '/webhook/url', limit: 'https', next })
}
