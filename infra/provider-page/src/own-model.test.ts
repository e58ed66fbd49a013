import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadCatalogue } from '@halftone/catalogue'
import { modelKey } from '@halftone/contracts'
import { sampleRequest } from '@halftone/contracts/testing'
import { createHttp, createProviders } from '@halftone/providers'
import { createSimulator } from '@halftone/simulator'
import { expect, test } from 'vitest'

test('an operator adds a model of Replicate by a file alone, by its version and with its own words', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'halftone-own-model-'))
  const simulator = createSimulator({ latency: 0 })
  const http = createHttp()
  try {
    await simulator.start()
    const shipped = (await loadCatalogue('current')).models
    const like = shipped.find((spec) => modelKey(spec) === 'replicate/flux-schnell')
    const own = {
      ...like,
      model: 'my-flux',
      wire: {
        version: createHash('sha256').update('black-forest-labs/flux-dev').digest('hex'),
        sizing: 'aspect_ratio',
        outputs: 'num_outputs',
        format_jpeg: 'jpg',
        input: '{"megapixels": "0.25"}',
      },
    }
    const file = join(dir, 'models.json')
    await writeFile(file, JSON.stringify({ models: [own] }))
    const spec = (await loadCatalogue('current', file)).models.find(({ model }) => model === 'my-flux')
    const credentials = { replicate: { key: 'k', baseUrl: `${simulator.url}/replicate/v1` } }
    const adapter = createProviders(credentials, http).get('replicate')
    if (!spec || !adapter?.poll) throw new Error('the model or its adapter is missing')
    const signal = AbortSignal.timeout(10_000)
    const call = {
      ...{ attemptId: 'att_0193a0a0a0a07a0aa0a0a0a0a0a0a0a0', spec, quality: null, images: [], mask: null },
      ...{ callbackUrl: null, signal, request: sampleRequest({ n: 2, format: 'jpeg' }) },
    }
    const started = await adapter.start(call)
    if (started.kind !== 'accepted') throw new Error('it ended at once')
    let polled = await adapter.poll(started.providerRef, call)
    while (polled.kind === 'pending') polled = await adapter.poll(started.providerRef, call)
    const starts = polled.result.images.map((image) => Buffer.from(image.subarray(0, 3)).toString('hex'))
    expect(starts).toEqual(['ffd8ff', 'ffd8ff'])
  } finally {
    await http.close()
    await simulator.stop()
    await rm(dir, { recursive: true, force: true })
  }
})
