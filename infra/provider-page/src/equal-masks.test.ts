import { loadCatalogue } from '@halftone/catalogue'
import { type ImageRequest, type ModelSpec, modelKey } from '@halftone/contracts'
import {
  createHttp,
  createProviders,
  type ImageProvider,
  providerIds,
  type Result,
} from '@halftone/providers'
import { createSimulator } from '@halftone/simulator'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'

// Every model of the catalogue that takes a mask, through its real adapter, to the simulator, which reads masks as the
// provider's own documents say. A new provider joins by being in the registry, the catalogue and the simulator.

const size = 1024
const { models, providers } = await loadCatalogue('current')
const masked = models.filter((spec) => providerIds.includes(spec.provider) && kindOf(spec) !== null)
const simulator = createSimulator({ latency: 0 })
const http = createHttp()
let adapters: Map<string, ImageProvider>
let image: Buffer
let mask: Buffer

beforeAll(async () => {
  await simulator.start()
  adapters = createProviders(
    Object.fromEntries(
      providers
        .filter(({ id }) => providerIds.includes(id))
        .map(({ id, base_url }) => [id, { key: 'sk', baseUrl: `${simulator.url}/${id}${pathOf(base_url)}` }]),
    ),
    http,
    providers,
  )
  // A colour that nobody paints.
  image = await sharp({ create: { width: size, height: size, channels: 3, background: '#ff01fe' } })
    .png()
    .toBuffer()
  mask = await sharp(shape(), { raw: { width: size, height: size, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer()
})
afterAll(async () => {
  await http.close()
  await simulator.stop()
})

test('some provider takes a mask by each of the ways that masks travel in', () => {
  const forms = masked.map((spec) => adapters.get(spec.provider)?.maskForm?.(spec, kindOf(spec) ?? '')?.edits)
  expect(forms).toEqual(expect.arrayContaining(['transparent', 'white']))
  expect(forms, 'every model that takes a mask has a form for it').not.toContain(undefined)
})

test.each(masked.map((spec) => [modelKey(spec), spec] as const))(
  '%s changes exactly the pixels of the mask',
  async (_, spec) => {
    const adapter = adapters.get(spec.provider)
    if (!adapter) throw new Error(`no adapter for ${spec.provider}`)
    const answer = (await edited(adapter, spec)).images[0]
    const wrong = await differences(Buffer.from(answer ?? []))
    expect(wrong).toEqual({ kept: 0, changed: 0 })
  },
  20_000,
)

/** The kind of edit in which this model takes a mask. */
function kindOf(spec: ModelSpec): string | null {
  const edit = spec.operations.edit
  if (!edit || spec.retires_on !== null) return null
  const kinds = edit.edit_kinds ?? ['inpaint']
  return kinds.find((kind) => (edit.by_kind?.[kind]?.mask ?? edit.mask) !== 'none') ?? null
}

function pathOf(url: string): string {
  return new URL(url).pathname.replace(/\/$/, '')
}

/** A square with a hole and a lonely pixel: mirrored, shifted or inverted it is another. */
function shape(): Buffer {
  const values = Buffer.alloc(size * size)
  for (let y = 100; y < 400; y++) values.fill(255, y * size + 200, y * size + 600)
  for (let y = 200; y < 250; y++) values.fill(0, y * size + 300, y * size + 350)
  values[900 * size + 77] = 255
  return values
}

async function edited(adapter: ImageProvider, spec: ModelSpec): Promise<Result> {
  const file = { fileId: 'file_1', sha256: '0'.repeat(64), width: size, height: size, format: 'png' as const }
  const request: ImageRequest = {
    operation: 'edit',
    prompt: 'a door',
    width: size,
    height: size,
    n: 1,
    steps: null,
    quality: 'auto',
    format: 'png',
    seed: null,
    mode: 'standard',
    editKind: 'inpaint',
    images: [file],
    mask: { ...file, maskedPixels: 1 },
    maskTemplate: null,
  }
  const call = {
    attemptId: 'att_0193a0a0a0a07a0aa0a0a0a0a0a0a0a0',
    spec,
    request,
    quality: spec.default_quality && 'low',
    images: [image],
    mask,
    callbackUrl: null,
    signal: AbortSignal.timeout(15_000),
  }
  const started = await adapter.start(call)
  if (started.kind === 'done') return started.result
  for (;;) {
    const polled = await adapter.poll?.(started.providerRef, call)
    if (polled?.kind === 'done') return polled.result
  }
}

/** How many pixels are not as the mask says: those of it that were kept, and others that were changed. */
async function differences(answer: Buffer): Promise<{ kept: number; changed: number }> {
  const { data, info } = await sharp(answer).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  expect([info.width, info.height]).toEqual([size, size])
  const wanted = shape()
  const wrong = { kept: 0, changed: 0 }
  for (let pixel = 0; pixel < wanted.length; pixel++) {
    const at = pixel * 3
    const same = data[at] === 0xff && data[at + 1] === 0x01 && data[at + 2] === 0xfe
    if (same && wanted[pixel] === 255) wrong.kept++
    if (!same && wanted[pixel] === 0) wrong.changed++
  }
  return wrong
}
