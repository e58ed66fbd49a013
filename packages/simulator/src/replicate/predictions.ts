import { randomBytes } from 'node:crypto'
import { decode, decodeChannel, readFacts } from '../art/pixels.ts'
import type { Charge } from '../books.ts'
import type { FaultKind } from '../faults.ts'
import { latencyUnder } from '../paid-call.ts'
import { chargeNano } from '../prices/charge.ts'
import type { Simulation } from '../simulation.ts'
import { judge } from '../trigger-words.ts'
import { refusalTexts, replicateErrors } from './errors.ts'
import { type Inputs, isFinal, isForgotten, type Prediction, type Status, view } from './prediction.ts'
import { createWebhooks, type WebhookEvent } from './webhooks.ts'

type NewPrediction = Pick<
  Prediction,
  'account' | 'model' | 'byVersion' | 'input' | 'plan' | 'api' | 'delivery' | 'webhook'
> & {
  attemptId: string | null
  cancelAfterMs: number | null
  fault: FaultKind | null
  /** Fetches the input pictures; a string says why it could not. */
  readInputs(): Promise<Inputs | string | null>
}

export interface Predictions {
  webhookSecret: string
  create(order: NewPrediction): Prediction
  find(account: string, id: string): Prediction | undefined
  /** Newest first. */
  list(account: string): Prediction[]
  cancel(prediction: Prediction): void
  /** Draws a finished picture again, from the recipe that is kept of it. Null = there is none, or not any more. */
  draw(id: string, index: number): Promise<Buffer | null>
}

/** The share of a prediction's time that it spends waiting for a machine. */
const startShare = 0.15
const predictionsMax = 50_000

/** Runs predictions one state after the other, charges those that succeed, and tells their webhooks. */
export function createPredictions(simulation: Simulation): Predictions {
  const { clock, artist, books } = simulation
  const webhooks = createWebhooks(simulation)
  const kept = new Map<string, Prediction>()

  function tell(prediction: Prediction, event: WebhookEvent): void {
    const { webhook } = prediction
    // The body is the prediction as it is now, not as it will be when a retry goes out.
    if (webhook?.events.includes(event)) void webhooks.send(webhook.url, view(prediction, clock()))
  }

  function end(prediction: Prediction, status: Status, error: string | null = null): void {
    if (isFinal(prediction.status)) return
    prediction.status = status
    prediction.error = error
    prediction.completedAt = clock()
    if (status === 'succeeded') tell(prediction, 'output')
    tell(prediction, 'completed')
  }

  async function run(prediction: Prediction, order: NewPrediction, charge: Charge): Promise<void> {
    const { plan, model, createdAt } = prediction
    const totalMs = latencyUnder(order.fault, simulation.latency('replicate', model.name))
    const cancelAfterMs = order.cancelAfterMs ?? Number.POSITIVE_INFINITY
    const startMs = totalMs * startShare
    await simulation.sleep(Math.min(startMs, cancelAfterMs))
    if (isFinal(prediction.status)) return
    if (startMs > cancelAfterMs) return end(prediction, 'aborted')
    prediction.status = 'processing'
    prediction.startedAt = clock()
    tell(prediction, 'start')
    const inputs = await order.readInputs()
    if (typeof inputs === 'string') return end(prediction, 'failed', inputs)
    prediction.inputs = inputs
    const verdict = order.fault === 'refuse' ? 'refused' : judge(plan.prompt)
    if (verdict === 'refused') return end(prediction, 'failed', refusalTexts.nsfw)
    await simulation.sleep(Math.min(totalMs, cancelAfterMs) - (clock() - createdAt))
    if (isFinal(prediction.status)) return
    if (totalMs > cancelAfterMs) return end(prediction, 'canceled')
    if (verdict !== 'fine') return end(prediction, 'failed', refusalTexts.sensitive)
    prediction.logs = `Using seed: ${plan.seed ?? 0}\nGenerated ${plan.n} image(s)\n`
    tell(prediction, 'logs')
    // The moment of payment: failed, canceled and aborted predictions of these models cost nothing.
    books.charge(charge)
    end(prediction, 'succeeded')
  }

  function sweep(): void {
    for (const [id, old] of kept) {
      if (kept.size > predictionsMax) kept.delete(id)
      else if (isForgotten(old, clock())) old.inputs = null
      else break
    }
  }

  return {
    webhookSecret: webhooks.secret,
    create(order) {
      const { model, plan } = order
      const price = simulation.prices.find('replicate', model.name, model.operation, sizeText(plan.size))
      if (!price) throw replicateErrors.notFound()
      const id = randomBytes(13).toString('hex')
      const createdAt = clock()
      const prediction: Prediction = {
        ...order,
        id,
        status: 'starting',
        error: null,
        logs: '',
        createdAt,
        startedAt: null,
        completedAt: null,
        deadline: order.cancelAfterMs === null ? null : createdAt + order.cancelAfterMs,
        inputs: null,
        ended: Promise.resolve(),
      }
      const charge = {
        provider: 'replicate' as const,
        account: order.account,
        model: model.name,
        operation: model.operation,
        request_id: id,
        attempt_id: order.attemptId,
        n: plan.n,
        nano: chargeNano([{ amount: price.amount_usd, count: plan.n, per: 1 }]),
      }
      // It rejects only when the simulator stops, or on a fault of ours: the prediction then fails like any other.
      prediction.ended = run(prediction, order, charge).catch((error: unknown) =>
        end(prediction, 'failed', error instanceof Error ? error.message : 'Prediction failed.'),
      )
      kept.set(id, prediction)
      sweep()
      return prediction
    },
    find(account, id) {
      const found = kept.get(id)
      return found?.account === account ? found : undefined
    },
    list: (account) => [...kept.values()].filter((each) => each.account === account).reverse(),
    cancel: (prediction) => end(prediction, 'canceled'),
    async draw(id, index) {
      const prediction = kept.get(id)
      if (prediction?.status !== 'succeeded' || isForgotten(prediction, clock())) return null
      const { plan, model, inputs } = prediction
      if (index < 0 || index >= plan.n) return null
      const { prompt, format, quality } = plan
      const seed = `${plan.seed ?? ''}/${index}`
      const recipe = { provider: 'replicate' as const, model: model.name, prompt, format, quality, seed }
      if (plan.size) return artist.make({ ...recipe, ...plan.size })
      if (!inputs) return null
      const input = await decode(inputs.image)
      const strength = inputs.mask ? await decodeChannel(inputs.mask, 'grey', input) : null
      return artist.edit({ ...recipe, input, strength })
    },
  }
}

function sizeText(size: { width: number; height: number } | null): string | undefined {
  return size ? `${size.width}x${size.height}` : undefined
}

/** Why an input picture cannot be used; null = it can. */
export async function inputFault(inputs: Inputs): Promise<string | null> {
  for (const file of [inputs.image, inputs.mask])
    if (file && !(await readFacts(file))) return 'cannot identify image file'
  return null
}
