import { AppError, type Clock, type WebhookTarget } from '@halftone/contracts'
import { BlockedTargetError, createTargetCheck } from '@halftone/egress'
import type { EndpointRow, Endpoints } from '@halftone/ledger'

/** Where a job's or a bulk's own webhook goes; both null: none was asked for. */
export interface Told {
  webhookUrl: string | null
  webhookEndpointId: string | null
}

export const noWebhook: Told = { webhookUrl: null, webhookEndpointId: null }

/** Throws for a target that could never be delivered to, or that the project has not verified. */
export type CheckWebhook = (projectId: string, webhook: WebhookTarget | undefined) => Promise<Told>
/** Throws for a URL that could never be delivered to. */
export type CheckUrl = (url: string, field: string) => { url: URL; listed: boolean }

export interface WebhookCheckOptions {
  checkUrl: CheckUrl
  /** URLs of jobs are always limited to verified origins, not only once the project has an endpoint. */
  verifiedOnly: boolean
  endpoints: Pick<Endpoints, 'list'>
  clock: Clock
}

const keepMs = 2_000
const cachedMax = 10_000

/** What a name resolves to is checked by the webhooks service, each time it connects. */
export function createUrlCheck(options: {
  allowCidrs: readonly string[]
  denyCidrs?: readonly string[]
}): CheckUrl {
  const check = createTargetCheck(options)
  return (url, field) => {
    try {
      return check(url)
    } catch (error) {
      if (!(error instanceof BlockedTargetError)) throw error
      throw new AppError('invalid_request', `a webhook cannot go there: ${error.message}`, {
        field,
        limit: 'https',
        next: 'give a public https URL; the operator can allow private addresses by HALFTONE_WEBHOOK_ALLOW_CIDRS',
      })
    }
  }
}

export function createWebhookCheck(options: WebhookCheckOptions): CheckWebhook {
  const { clock } = options
  const known = new Map<string, { at: number; reading: boolean; rows: Promise<EndpointRow[]> }>()
  /** Those who ask at the same time share an answer. */
  const endpointsOf = (projectId: string, maxAgeMs: number): Promise<EndpointRow[]> => {
    const kept = known.get(projectId)
    if (kept && (kept.reading || clock() - kept.at < maxAgeMs)) return kept.rows
    if (known.size >= cachedMax) known.clear()
    const rows = options.endpoints.list(projectId)
    const entry = { at: clock(), reading: true, rows }
    known.set(projectId, entry)
    const forget = () => known.delete(projectId)
    rows.then((list) => {
      entry.reading = false
      // that there is none is asked each time: the first one changes the rule
      if (list.length === 0) forget()
    }, forget)
    return rows
  }
  /** Looks again before it says no. */
  const allow = async (projectId: string, test: (rows: EndpointRow[]) => boolean): Promise<boolean> =>
    test(await endpointsOf(projectId, keepMs)) || test(await endpointsOf(projectId, 0))

  return async (projectId, webhook) => {
    if (webhook === undefined) return noWebhook
    if ('endpoint_id' in webhook) {
      const id = webhook.endpoint_id
      if (!(await allow(projectId, (rows) => rows.some((row) => row.id === id)))) throw noEndpoint()
      return { webhookUrl: null, webhookEndpointId: id }
    }
    const { url, listed } = options.checkUrl(webhook.url, '/webhook/url')
    // the operator's allow-list speaks for what it names
    const verified = (rows: EndpointRow[]) =>
      (rows.length === 0 && !options.verifiedOnly) ||
      rows.some((row) => row.verifiedAt !== null && row.origin === url.origin)
    if (!listed && !(await allow(projectId, verified))) throw notVerified(url.origin)
    return { webhookUrl: url.href, webhookEndpointId: null }
  }
}

function noEndpoint(): AppError {
  return new AppError('not_found', 'there is no such webhook endpoint', {
    field: '/webhook/endpoint_id',
    next: 'GET /v1/webhook-endpoints lists yours; or give "webhook": {"url": "https://…"}',
  })
}

function notVerified(origin: string): AppError {
  return new AppError('impossible', `${origin} has not been verified by this project`, {
    field: '/webhook/url',
    limit: 'origins of your verified webhook endpoints',
    next: 'POST /v1/webhook-endpoints with a URL of that origin, which has to answer a challenge; or use an endpoint_id',
  })
}
