import type { BulkAccepted, BulkAnswer, JobAnswer, JobInput } from '@halftone/contracts'

/** The calls that a scheduler would make, and no other: the demo sees Halftone only through its doors. */
export function createApi(base: string, key: string) {
  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    for (let tries = 0; ; tries++) {
      const response = await fetch(`${base}${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
        body: body ? JSON.stringify(body) : undefined,
      }).catch((error: unknown) => (method === 'GET' ? null : Promise.reject(error)))
      if (response?.ok) return (await response.json()) as T
      // reading is free: a service that was killed comes back
      if (method === 'GET' && tries < 60 && (!response || response.status >= 500)) {
        await new Promise((resolve) => setTimeout(resolve, 500))
        continue
      }
      throw new Error(`${method} ${path} answered ${response?.status}: ${await response?.text()}`)
    }
  }
  return {
    submitBulk: (body: {
      jobs: JobInput[]
      webhook: { url: string }
      webhook_mode: 'both'
      deadline?: string
      metadata: Record<string, string>
    }) => call<BulkAccepted>('POST', '/v1/bulk', body),
    bulk: (id: string) => call<BulkAnswer>('GET', `/v1/bulk/${id}`),
    prices: () =>
      call<{ version: number; data: { rule_id: string; cost_per_image_usd: string | null }[] }>(
        'GET',
        '/v1/prices',
      ),
    providers: async () =>
      (
        await call<{ data: { id: string; depth: { waiting: number; running: number } }[] }>(
          'GET',
          '/v1/providers',
        )
      ).data,
    async bulkJobs(id: string): Promise<JobAnswer[]> {
      const jobs: JobAnswer[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page: { data: JobAnswer[]; next_cursor: string | null } = await call(
          'GET',
          `/v1/bulk/${id}/jobs?limit=200${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
        )
        jobs.push(...page.data)
        cursor = page.next_cursor
      }
      return jobs
    },
  }
}
export type Api = ReturnType<typeof createApi>
