import { randomUUID } from 'node:crypto'
import { decode, decodeChannel, encode, readFacts } from '../art/pixels.ts'
import type { FaultKind } from '../faults.ts'
import { readInputFile } from '../input-file.ts'
import { latencyUnder } from '../paid-call.ts'
import { chargeNano } from '../prices/charge.ts'
import type { PriceRow } from '../prices/table.ts'
import type { Simulation } from '../simulation.ts'
import { judge } from '../trigger-words.ts'
import { type Failure, modelError, requestError } from './errors.ts'
import type { FalModel, Plan } from './models.ts'
import { createFalWebhooks } from './webhooks.ts'

type Status = 'IN_QUEUE' | 'IN_PROGRESS' | 'COMPLETED'

export interface FalRequest {
  id: string
  gatewayId: string
  account: string
  model: FalModel
  price: PriceRow
  attemptId: string | null
  status: Status
  createdAt: number
  startedAt: number | null
  endedAt: number | null
  plan: Plan | null
  inputs: { image: Buffer; mask: Buffer } | null
  isBlack: boolean
  failure: Failure | null
  /** What is billed, once it has ended. */
  units: string
  nano: bigint
  files: string
}

type NewRequest = Pick<FalRequest, 'account' | 'model' | 'price' | 'attemptId' | 'files'> & {
  body: unknown
  fault: FaultKind | null
  webhook: string | null
  /** Longest wait for a start. */
  startMaxMs: number | null
}

const startShare = 0.15
const inputBytesMax = 50 * 1024 * 1024
const requestsMax = 50_000
const megapixel = 1_048_576

/** Runs requests: IN_QUEUE, IN_PROGRESS, COMPLETED, and nothing else. How it went, the result says. */
export function createFalRequests(simulation: Simulation) {
  const { clock, books, artist } = simulation
  const webhooks = createFalWebhooks(simulation)
  const kept = new Map<string, FalRequest>()

  async function run(request: FalRequest, order: NewRequest): Promise<void> {
    const totalMs = latencyUnder(order.fault, simulation.latency('fal', request.model.id))
    const startMs = totalMs * startShare
    await simulation.sleep(Math.min(startMs, order.startMaxMs ?? startMs))
    if (request.status === 'COMPLETED') return
    if (order.startMaxMs !== null && startMs > order.startMaxMs) {
      const headers = { 'x-fal-request-timeout-type': 'user' }
      return end(request, order, requestError(504, 'request_timeout', 'Request timed out', headers))
    }
    request.status = 'IN_PROGRESS'
    request.startedAt = clock()
    const failure = (await readInput(request, order.body)) ?? refusalOf(request, order.fault)
    await simulation.sleep(failure ? 0 : totalMs - startMs)
    end(request, order, failure)
  }

  function end(request: FalRequest, order: NewRequest, failure: Failure | null): void {
    const { id, gatewayId, account, model, price, plan } = request
    request.failure = failure
    request.units = failure ? String(failure.units) : unitsOf(request)
    const count = Math.round(Number(request.units) * 1_000_000)
    request.nano = chargeNano([{ amount: price.amount_usd, count, per: 1_000_000 }])
    if (request.nano > 0n)
      books.charge({
        ...{ provider: 'fal', account, model: model.id, operation: model.operation, request_id: id },
        ...{ attempt_id: request.attemptId, n: failure ? 0 : (plan?.n ?? 1), nano: request.nano },
      })
    request.endedAt = clock()
    request.status = 'COMPLETED'
    if (!order.webhook) return
    const payload = failure ? failure.body : outputOf(request)
    const body = { request_id: id, gateway_request_id: gatewayId, status: failure ? 'ERROR' : 'OK', payload }
    void webhooks.send(order.webhook, id, account, body)
  }

  return {
    jwks: webhooks.jwks,
    create(order: NewRequest): FalRequest {
      const { account, model, price, attemptId, files } = order
      const id = randomUUID()
      const request: FalRequest = {
        ...{ id, gatewayId: randomUUID(), account, model, price, attemptId, files, status: 'IN_QUEUE' },
        ...{ createdAt: clock(), startedAt: null, endedAt: null, plan: null, inputs: null, isBlack: false },
        ...{ failure: null, units: '0', nano: 0n },
      }
      kept.set(id, request)
      if (kept.size > requestsMax) kept.delete(kept.keys().next().value ?? '')
      // It rejects only when the simulator stops.
      run(request, order).catch(() => {})
      return request
    },
    find: (account: string, id: string) => (kept.get(id)?.account === account ? kept.get(id) : undefined),
    /** Newest first. */
    list: (account: string) => [...kept.values()].filter((each) => each.account === account).reverse(),
    /** Only what has not started can be stopped; what runs, runs on and is billed. */
    cancel(request: FalRequest): void {
      if (request.status !== 'IN_QUEUE') return
      request.failure = requestError(499, 'client_cancelled', 'Request was cancelled')
      request.status = 'COMPLETED'
      request.endedAt = clock()
    },
    async draw(id: string, index: number): Promise<Buffer | null> {
      const request = kept.get(id)
      const plan = request?.plan
      if (!request || !plan || request.status !== 'COMPLETED' || request.failure || index >= plan.n)
        return null
      const { prompt, format, seed, size } = plan
      const recipe = {
        provider: 'fal' as const,
        model: request.model.id,
        prompt,
        format,
        seed: `${seed ?? ''}/${index}`,
      }
      const { width, height } = size ?? (await sizeOf(request))
      if (request.isBlack)
        return encode({ width, height, channels: 3, data: new Uint8Array(width * height * 3) }, format)
      if (!request.inputs) return artist.make({ ...recipe, width, height })
      const input = await decode(request.inputs.image)
      return artist.edit({
        ...recipe,
        input,
        strength: await decodeChannel(request.inputs.mask, 'grey', input),
      })
    },
  }
}
export type FalRequests = ReturnType<typeof createFalRequests>

/** The runner is the first to look at the input: what is wrong with it shows in the result, not at the submit. */
async function readInput(request: FalRequest, body: unknown): Promise<Failure | null> {
  const parsed = request.model.input.safeParse(body)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return modelError(issue?.code ?? 'value_error', issue?.path.join('.') ?? '', issue?.message ?? '', 0)
  }
  request.plan = parsed.data
  const { image, mask } = parsed.data
  if (image === null || mask === null) return null
  const [picture, masked] = await Promise.all([
    readInputFile(image, inputBytesMax),
    readInputFile(mask, inputBytesMax),
  ])
  if (!picture || !masked)
    return modelError('file_download_error', 'image_url', 'Failed to download the file', 0)
  const facts = await readFacts(picture)
  if (!facts || !(await readFacts(masked)))
    return modelError('image_load_error', 'image_url', 'Failed to load the image', 0)
  request.inputs = { image: picture, mask: masked }
  request.plan.size = { width: facts.width, height: facts.height }
  return null
}

/** Some endpoints refuse for nothing, some say nothing of the bill and charge their default; some blacken the picture. */
function refusalOf(request: FalRequest, fault: FaultKind | null): Failure | null {
  const words = 'The content could not be processed because it was flagged by a content checker.'
  const verdict = fault === 'refuse' ? 'refused' : judge(request.plan?.prompt ?? '')
  if (verdict === 'refused') return modelError('content_policy_violation', 'prompt', words, 0)
  if (verdict === 'public-figure') return modelError('content_policy_violation', 'prompt', words, null)
  request.isBlack = verdict === 'filtered'
  return null
}

/** Pictures, or megapixels to the fraction. */
function unitsOf({ plan, price }: FalRequest): string {
  const { n = 1, size } = plan ?? {}
  if (price.unit !== 'megapixel' || !size) return String(n)
  return ((n * size.width * size.height) / megapixel).toFixed(6)
}

async function sizeOf({ inputs }: FalRequest): Promise<{ width: number; height: number }> {
  const facts = inputs && (await readFacts(inputs.image))
  return facts ?? { width: 1_024, height: 1_024 }
}

/** What a result answers, and a webhook carries. */
export function outputOf({ id, plan, files, isBlack, startedAt, endedAt }: FalRequest) {
  const { n = 0, size, format = 'jpeg', prompt, seed } = plan ?? {}
  const images = Array.from({ length: n }, (_, index) => ({
    url: `${files}/${id}/${index}.${format}`,
    width: size?.width,
    height: size?.height,
    content_type: `image/${format}`,
  }))
  const timings = { inference: ((endedAt ?? 0) - (startedAt ?? 0)) / 1_000 }
  return { images, timings, seed: seed ?? 0, has_nsfw_concepts: images.map(() => isBlack), prompt }
}
