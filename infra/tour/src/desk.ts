import {
  fileAnswerSchema,
  type JobAnswer,
  type JobInput,
  jobAnswerSchema,
  type Problem,
  priceRowSchema,
  problemSchema,
  type QuoteAnswer,
  quoteAnswerSchema,
} from '@halftone/contracts'
import { z } from 'zod'

const pricesSchema = z.object({ data: z.array(priceRowSchema) })
export type PriceRow = z.infer<typeof priceRowSchema>

/** The doors of a running stack, and those of the simulator behind it. */
export interface Desk {
  /** Buys a picture and waits for it. Throws if the job was refused or failed. */
  buy(job: JobInput): Promise<JobAnswer>
  /** Posts a job that must be refused. Throws if it is accepted. */
  refused(job: JobInput): Promise<Problem>
  quote(job: JobInput): Promise<QuoteAnswer>
  prices(query?: { size?: string }): Promise<PriceRow[]>
  upload(bytes: Buffer, purpose: 'image' | 'mask'): Promise<string>
  /** Changes what a simulated provider asks, and waits until the price list shows it. */
  setPrice(ruleId: string, usd: string): Promise<void>
  takeDown(provider: string): Promise<void>
  repair(): Promise<void>
}

const waitSeconds = 60

export function createDesk({ api, key, simulator }: { api: string; key: string; simulator: string }): Desk {
  const authorization = `Bearer ${key}`
  const json = { authorization, 'content-type': 'application/json' }
  const post = (path: string, body: unknown) =>
    fetch(`${api}${path}`, { method: 'POST', headers: json, body: JSON.stringify(body) })
  const control = async (path: string, method: string, body?: object) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    await good(await fetch(`${simulator}${path}`, { method, headers, body: body && JSON.stringify(body) }))
  }
  const prices: Desk['prices'] = async ({ size } = {}) => {
    const response = await fetch(`${api}/v1/prices${size ? `?size=${size}` : ''}`, { headers: json })
    return pricesSchema.parse(await good(response)).data
  }
  return {
    async buy(body) {
      const job = jobAnswerSchema.parse(await good(await post(`/v1/jobs?wait=${waitSeconds}`, body)))
      if (job.status !== 'succeeded') throw new Error(`the job ended ${job.status}: ${job.error?.message}`)
      return job
    },
    async refused(body) {
      const response = await post('/v1/jobs', body)
      if (response.ok) throw new Error('the job was accepted')
      return problemSchema.parse(await response.json())
    },
    quote: async (body) => quoteAnswerSchema.parse(await good(await post('/v1/quotes', body))),
    prices,
    async upload(bytes, purpose) {
      const form = new FormData()
      form.append('purpose', purpose)
      form.append('file', new Blob([new Uint8Array(bytes)], { type: 'image/png' }), `${purpose}.png`)
      const response = await fetch(`${api}/v1/files`, {
        method: 'POST',
        headers: { authorization },
        body: form,
      })
      return fileAnswerSchema.parse(await good(response)).id
    },
    async setPrice(ruleId, usd) {
      await control(`/prices/${encodeURIComponent(ruleId)}`, 'PUT', { amount_usd: usd })
      const shown = async () => (await prices()).find((row) => row.rule_id === ruleId)?.cost_per_image_usd
      for (let tries = 0; Number(await shown()) !== Number(usd); tries++) {
        if (tries > 100) throw new Error(`the price list does not show ${usd} for ${ruleId}`)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
    takeDown: (provider) => control('/faults', 'POST', { provider, kind: 'down', rate: 1 }),
    repair: () => control('/faults', 'DELETE'),
  }
}

async function good(response: Response): Promise<unknown> {
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`)
  return response.json()
}
