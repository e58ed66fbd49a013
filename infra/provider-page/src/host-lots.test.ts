import { loadCatalogue } from '@halftone/catalogue'
import { type ModelSpec, modelKey, newId } from '@halftone/contracts'
import { sampleRequest } from '@halftone/contracts/testing'
import { actualCost } from '@halftone/price-book'
import { type Call, createHttp, createProviders, type LineEnd, type Usage } from '@halftone/providers'
import { createSimulator } from '@halftone/simulator'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'

// Every batch tier of the catalogues, through its real adapter, to the simulator, which does batches as the provider's
// own documents say and has its own arithmetic for the discount.

const tiers = (
  await Promise.all(
    (['current', 'reference'] as const).map(async (catalogue) => ({
      catalogue,
      ...(await loadCatalogue(catalogue)),
    })),
  )
).flatMap(({ models, ...rest }) => models.filter(({ batch }) => batch).map((spec) => ({ spec, ...rest })))
const booksSchema = z.object({ entries: z.array(z.object({ attempt_id: z.string(), nano: z.number() })) })
const http = createHttp()
let image: Buffer
let mask: Buffer

beforeAll(async () => {
  image = await sharp({ create: { width: 1024, height: 1024, channels: 3, background: '#ffffff' } })
    .png()
    .toBuffer()
  const white = Buffer.alloc(1024 * 1024, 255)
  mask = await sharp(white, { raw: { width: 1024, height: 1024, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer()
})
afterAll(() => http.close())

function callOf(spec: ModelSpec): Call {
  const edits = spec.operations.generate === undefined
  const input = {
    fileId: newId('file'),
    sha256: '00'.repeat(32),
    width: 1024,
    height: 1024,
    format: 'png' as const,
  }
  const request = sampleRequest({
    prompt: 'a red kite',
    width: 1024,
    height: 1024,
    ...(edits
      ? {
          operation: 'edit' as const,
          images: [input],
          mask: { ...input, maskedPixels: 1024 * 1024, template: 'left_half' as const },
          maskTemplate: 'left_half',
        }
      : {}),
  })
  return {
    attemptId: newId('attempt'),
    spec,
    request,
    quality: spec.default_quality,
    images: edits ? [image] : [],
    mask: edits ? mask : null,
    callbackUrl: null,
    signal: new AbortController().signal,
  }
}

test('the tiers are those of OpenAI, Google and the reference text', () => {
  expect(new Set(tiers.map(({ spec }) => spec.provider))).toEqual(new Set(['openai', 'google', 'deepseek']))
})

test.each(tiers.map((tier) => [`${tier.catalogue}: ${modelKey(tier.spec)}`, tier] as const))(
  '%s: a lot is submitted, found again by our id, read line by line, and costs what the price rule says to the nano-dollar',
  async (_, { catalogue, spec, providers, rules }) => {
    const simulator = createSimulator({ latency: 0, catalogue, batchHourMs: 500 })
    await simulator.start()
    onTestFinished(() => simulator.stop())
    const host = providers.find(({ id }) => id === spec.provider)
    const baseUrl = `${simulator.url}/${spec.provider}${new URL(host?.base_url ?? '').pathname}`
    const desk = createProviders({ [spec.provider]: { key: 'sk', baseUrl } }, http, providers).get(
      spec.provider,
    )?.batch
    if (!desk || !host) throw new Error(`${spec.provider} has no batch API`)

    const lotId = newId('lot')
    const calls = [callOf(spec), callOf(spec)]
    const lines = await Promise.all(calls.map((call) => desk.line(call)))
    const { signal } = new AbortController()
    const since = new Date()
    expect(await desk.find(lotId, since, signal)).toMatchObject({ kind: 'none' })
    const lot = { id: lotId, spec, operation: calls[0]!.request.operation, lines }
    await expect(desk.submit({ ...lot, id: newId('lot') }, async () => false, signal)).rejects.toMatchObject({
      billed: 'no',
    })
    const ref = await desk.submit(lot, async () => true, signal)
    expect(await desk.find(lotId, since, signal)).toEqual({ kind: 'found', ref })
    await expect
      .poll(() => desk.poll(ref, signal), { timeout: 20_000, interval: 50 })
      .toMatchObject({ kind: 'ended', billed: 2 })

    const ends: LineEnd[] = await all(desk.results(ref, signal))
    expect(ends.map(({ id }) => id).sort()).toEqual(calls.map(({ attemptId }) => attemptId).sort())
    const books = booksSchema.parse(await (await fetch(`${simulator.url}/books`)).json())
    for (const end of ends) {
      const call = calls.find(({ attemptId }) => attemptId === end.id)!
      const { images, usage } = await end.read(call)
      expect((await sharp(images[0]).metadata()).width).toBe(1024)
      const charged = books.entries.find(({ attempt_id }) => attempt_id === end.id)?.nano
      expect(costs(call, usage)).toContain(BigInt(charged ?? 0))
    }

    /** What the rules of this model say; one of them is the one that applies. */
    function costs({ request, quality }: Call, usage: Usage) {
      return rules
        .filter((rule) => modelKey(rule) === modelKey(spec) && rule.operation === request.operation)
        .map((rule) => actualCost(rule, request, quality, usage, true))
    }
  },
  40_000,
)

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}
