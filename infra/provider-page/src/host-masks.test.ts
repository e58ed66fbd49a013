import { loadCatalogue } from '@halftone/catalogue'
import { sampleRequest } from '@halftone/contracts/testing'
import { createProviders, type Send } from '@halftone/providers'
import sharp from 'sharp'
import { expect, test } from 'vitest'

// Hosts that are spoken to by a preset and not played by the simulator: what they were sent is read as their documents say.

/** Which pixels of a mask each host changes, by its own documents. */
const documented: Record<string, 'transparent' | 'white' | 'black'> = {
  'azure-openai': 'transparent',
  litellm: 'transparent',
  portkey: 'transparent',
}
const { models, providers } = await loadCatalogue('current')
const hosts = providers.filter(({ preset }) => preset?.edit?.mask)
const strengths = [0, 127, 128, 255]

test.each(hosts.map((host) => [host.id, host] as const))(
  '%s gets a mask as it reads one',
  async (id, host) => {
    const edits = documented[id]
    if (!edits) throw new Error(`say here which pixels ${id} changes, from its documents`)
    const spec = models.find(({ model }) => model === 'gpt-image-2')
    if (!spec) throw new Error('there is no model like OpenAI’s any more')
    const sent = Promise.withResolvers<FormData>()
    const send: Send = async ({ body, headers }) => {
      const bytes = typeof body === 'string' ? body : new Uint8Array(body ?? [])
      sent.resolve(await new Response(bytes, { headers }).formData())
      throw new Error('that was all')
    }
    const http = { send, close: async () => {} }
    const credentials = { [id]: { key: 'k', baseUrl: 'http://127.0.0.1:1/v1' } }
    const file = { fileId: 'file_1', sha256: '0', width: 4, height: 1, format: 'png' as const }
    const mask = await sharp(Buffer.from(strengths), { raw: { width: 4, height: 1, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer()
    const call = {
      ...{
        attemptId: 'att_0193a0a0a0a07a0aa0a0a0a0a0a0a0a0',
        spec: { ...spec, provider: id },
        quality: null,
      },
      ...{ images: [mask], mask, callbackUrl: null, signal: AbortSignal.timeout(5_000) },
      request: sampleRequest({
        operation: 'edit',
        editKind: 'inpaint',
        images: [file],
        mask: { ...file, maskedPixels: 2 },
      }),
    }
    const failed = createProviders(credentials, http, [host]).get(id)?.start(call)
    await expect(failed).rejects.toThrow('that was all')
    const part = (await sent.promise).get(host.preset?.edit?.mask?.field ?? '')
    if (!(part instanceof File)) throw new Error('no mask was sent')
    expect(await edited(await part.bytes(), edits)).toEqual([false, false, true, true])
  },
)

async function edited(png: Uint8Array, edits: 'transparent' | 'white' | 'black'): Promise<boolean[]> {
  const image = edits === 'transparent' ? sharp(png).extractChannel('alpha') : sharp(png)
  const values = await image.toColourspace('b-w').raw().toBuffer()
  expect(new Set(values)).toEqual(new Set([0, 255]))
  return [...values].map((value) => (edits === 'white' ? value === 255 : value === 0))
}
