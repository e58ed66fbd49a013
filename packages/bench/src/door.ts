import { bulkAcceptedSchema, bulkAnswerSchema, fileAnswerSchema } from '@halftone/contracts'
import type { Stack } from '@halftone/local'
import { z } from 'zod'

/** The calls of a client, with the given key. */
export function createDoor({ api }: Stack, key: string) {
  async function call(method: string, path: string, body?: string | FormData): Promise<unknown> {
    const headers: Record<string, string> = { authorization: `Bearer ${key}` }
    if (typeof body === 'string') headers['content-type'] = 'application/json'
    const response = await fetch(`${api}${path}`, { method, headers, body })
    if (!response.ok)
      throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`)
    return response.json()
  }
  const bulk = async (id: string) => bulkAnswerSchema.parse(await call('GET', `/v1/bulk/${id}`))
  return {
    bulk,
    /** Takes the body as text, so that writing it is not part of what is measured. */
    async postBulk(text: string) {
      const accepted = bulkAcceptedSchema.parse(await call('POST', '/v1/bulk', text))
      if (accepted.rejected.length > 0)
        throw new Error(`a job was rejected: ${accepted.rejected[0]?.error.message}`)
      return accepted
    },
    cancelBulk: (id: string) => call('POST', `/v1/bulk/${id}/cancel`, '{}'),
    async untilEnded(id: string, everyMs: number): Promise<void> {
      while ((await bulk(id)).status === 'running')
        await new Promise((resolve) => setTimeout(resolve, everyMs))
    },
    async upload(bytes: Buffer, purpose: 'image' | 'mask'): Promise<string> {
      const form = new FormData()
      form.append('purpose', purpose)
      form.append('file', new Blob([new Uint8Array(bytes)], { type: 'image/png' }), `${purpose}.png`)
      return fileAnswerSchema.parse(await call('POST', '/v1/files', form)).id
    },
    async createKey(project: string): Promise<string> {
      const answer = await call('POST', '/admin/v1/keys', JSON.stringify({ project }))
      return z.object({ key: z.string() }).parse(answer).key
    },
  }
}
export type Door = ReturnType<typeof createDoor>
