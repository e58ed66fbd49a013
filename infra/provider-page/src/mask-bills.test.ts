import { canonicalMask, templateMask } from '@halftone/artifacts'
import { loadCatalogue } from '@halftone/catalogue'
import {
  type ImageRequest,
  type ModelSpec,
  maskTemplates,
  modelKey,
  pick,
  seededRandom,
} from '@halftone/contracts'
import { sampleRequest } from '@halftone/contracts/testing'
import { createPricer } from '@halftone/price-book'
import { createHttp, createProviders, type ImageProvider } from '@halftone/providers'
import { createSimulator } from '@halftone/simulator'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'

// What a caller's mask is quoted at, and what the provider's own books say that the edit was, on the article's catalogue:
// our checks, price book and adapter on one side, the simulator's counting on the other.

const { models, rules, providers } = await loadCatalogue('reference')
const editors = models.filter(({ provider, operations }) => provider === 'stability' && operations.edit)
const booked = Map.groupBy(
  rules.map((rule, version) => ({ version, rule })),
  ({ rule }) => modelKey(rule),
)
const priceOf = createPricer()(booked)
const simulator = createSimulator({ latency: 0, catalogue: 'reference' })
const http = createHttp()
const random = seededRandom(20_261_122)
let adapter: ImageProvider

beforeAll(async () => {
  await simulator.start()
  const keys = { stability: { key: 'sk', baseUrl: `${simulator.url}/stability` } }
  adapter = createProviders(keys, http, providers).get('stability')!
})
afterAll(async () => {
  await http.close()
  await simulator.stop()
})

interface Size {
  width: number
  height: number
}

const booksSchema = z.object({
  entries: z.array(z.object({ seq: z.int(), model: z.string(), nano: z.int() })),
})
let seen = 0
/** What the provider wrote down since the last look. */
async function newBills() {
  const { entries } = booksSchema.parse(await (await fetch(`${simulator.url}/books?after=${seen}`)).json())
  seen = entries.at(-1)?.seq ?? seen
  return entries.map(({ model, nano }) => ({ model, nano: BigInt(nano) }))
}

/** As many white pixels as said, then noise on both sides of the threshold, as an uploader's brush leaves it. */
function drawn(size: Size, white: number, soft: number): Promise<Buffer> {
  const values = Buffer.alloc(size.width * size.height).fill(255, 0, white)
  for (let at = white; at < Math.min(values.length, white + soft); at++)
    values[at] = Math.floor(random() * 256)
  return sharp(values, { raw: { ...size, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer()
}

/** Takes the cheapest editor for this mask, and has it done. */
async function edit(size: Size, image: Buffer, mask: { png: Uint8Array; maskedPixels: number }) {
  const file = { fileId: 'file_1', sha256: '0'.repeat(64), ...size, format: 'png' as const }
  const request: ImageRequest = sampleRequest({
    operation: 'edit',
    editKind: 'inpaint',
    format: 'png',
    ...size,
    images: [file],
    mask: { ...file, maskedPixels: mask.maskedPixels },
  })
  const offers = editors.map((spec) => ({ spec, cost: priceOf(spec, request, null).cost! }))
  const best = offers.reduce((least, offer) => (offer.cost < least.cost ? offer : least))
  await call(best.spec, request, image, mask.png)
  return { model: best.spec.model, quoted: best.cost, bills: await newBills() }
}

async function call(spec: ModelSpec, request: ImageRequest, image: Buffer, mask: Uint8Array): Promise<void> {
  const attemptId = 'att_0193a0a0a0a07a0aa0a0a0a0a0a0a0a0'
  const signal = AbortSignal.timeout(15_000)
  const started = await adapter.start({
    ...{ attemptId, spec, request, quality: null, images: [image], mask, callbackUrl: null, signal },
  })
  expect(started.kind).toBe('done')
}

function plain(size: Size): Promise<Buffer> {
  return sharp({ create: { ...size, channels: 3, background: '#7a9' } })
    .png()
    .toBuffer()
}

test('500 random masks, soft ones and templates among them, are billed to the nano-dollar as quoted', async () => {
  const sizes = [
    { width: 64, height: 64 },
    { width: 96, height: 72 },
    { width: 67, height: 131 },
  ]
  const pictures = new Map(await Promise.all(sizes.map(async (size) => [size, await plain(size)] as const)))
  for (let n = 0; n < 500; n++) {
    const size = pick(random, sizes)
    const pixels = size.width * size.height
    const mask =
      n % 10 === 0
        ? await templateMask(pick(random, maskTemplates), size)
        : await canonicalMask(
            await drawn(size, 1 + Math.floor(random() * pixels), random() < 0.3 ? 9 : 0),
            size,
          )
    const { model, quoted, bills } = await edit(size, pictures.get(size)!, mask)
    expect(bills, `mask ${n} of ${mask.maskedPixels} pixels`).toEqual([{ model, nano: quoted }])
  }
}, 60_000)

test.each([
  [50_000, 'clipdrop', 5_000_000n],
  [399_999, 'clipdrop', 39_999_900n],
  [400_001, 'flat-inpaint', 40_000_000n],
  [1_048_576, 'flat-inpaint', 40_000_000n],
])('%i masked pixels of a 1024 square go to %s for %i nano-dollars', async (pixels, model, nano) => {
  const size = { width: 1024, height: 1024 }
  const mask = await canonicalMask(await drawn(size, pixels, 0), size)
  expect(await edit(size, await plain(size), mask)).toEqual({ model, quoted: nano, bills: [{ model, nano }] })
})
