import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { accountOf, admitPaid, attemptOf, keyOf, keys } from '../caller.ts'
import { fileOf, readForm } from '../form.ts'
import { readInputFile } from '../input-file.ts'
import { meetFault, sendAnswer } from '../paid-call.ts'
import { createRateWindow } from '../rate-window.ts'
import type { Simulation } from '../simulation.ts'
import { invalidVersion, replicateErrors, throttled } from './errors.ts'
import { modelByPath, modelByVersion, type Plan, type ReplicateModel } from './models.ts'
import { type Inputs, isFinal, view } from './prediction.ts'
import { inputFault, type Predictions } from './predictions.ts'
import { readPlan, readSubmission, type Submission } from './submission.ts'
import { type Uploads, uploadView } from './uploads.ts'

const pageSize = 100
const inputBytesMax = 100 * 1024 * 1024

/** Replicate's API: predictions in every form, uploads, the account, the webhook secret. */
export function replicateRoutes({
  simulation,
  predictions,
  uploads,
}: {
  simulation: Simulation
  predictions: Predictions
  uploads: Uploads
}) {
  const { prices, clock } = simulation
  // Accounts under five dollars: six a minute, one at a time.
  const lowCredit = createRateWindow({ places: 1, windowMs: 10_000, clock })

  function admit(request: FastifyRequest): string {
    const account = admitPaid(request, simulation, 'replicate', replicateErrors)
    const waitMs = keyOf(request) === keys.lowCredit ? lowCredit.take(account) : 0
    if (waitMs > 0)
      throw throttled(
        waitMs,
        ' Your rate limit is reduced to 6 requests per minute while you have less than $5.0.',
      )
    return account
  }

  async function submit(
    request: FastifyRequest,
    reply: FastifyReply,
    chooseModel: (submission: Submission) => ReplicateModel | undefined,
  ): Promise<FastifyReply> {
    const account = admit(request)
    const submission = readSubmission(request)
    const model = chooseModel(submission)
    if (!model || !prices.has('replicate', model.name)) throw replicateErrors.notFound()
    const plan = readPlan(model, submission.input)
    const fault = meetFault(simulation.faults, 'replicate', model.name, replicateErrors)
    const { input, webhook, cancelAfterMs } = submission
    const prediction = predictions.create({
      account,
      model,
      byVersion: /(^|:)[0-9a-f]{64}$/.test(submission.version ?? ''),
      input,
      plan,
      webhook,
      cancelAfterMs,
      fault,
      attemptId: attemptOf(request) ?? (webhook && new URL(webhook.url).searchParams.get('attempt')),
      api: apiOf(request),
      delivery: `${hostOf(request)}/replicate/delivery`,
      readInputs: () => readInputs(plan, uploads, apiOf(request)),
    })
    if (submission.waitMs > 0) await Promise.race([prediction.ended, simulation.sleep(submission.waitMs)])
    // 202 tells a caller who waited that the outputs are still to come.
    const status = submission.waitMs > 0 && !isFinal(prediction.status) ? 202 : 201
    const headers = { 'content-type': 'application/json' }
    return sendAnswer(reply, fault, { status, headers, body: JSON.stringify(view(prediction, clock())) })
  }

  function known(request: FastifyRequest, id: string) {
    const prediction = predictions.find(accountOf(request, replicateErrors), id)
    if (!prediction) throw replicateErrors.notFound()
    return prediction
  }

  return async (app: FastifyInstance): Promise<void> => {
    app.post('/predictions', (request, reply) =>
      submit(request, reply, ({ version = '' }) => {
        const model = modelByVersion(version)
        // A community model cannot be named without its version; a version that nobody knows is another mistake.
        if (!model && /[0-9a-f]{64}$/.test(version)) throw invalidVersion()
        return model
      }),
    )
    app.post<{ Params: { owner: string; name: string } }>(
      '/models/:owner/:name/predictions',
      (request, reply) =>
        submit(request, reply, () => modelByPath(`${request.params.owner}/${request.params.name}`)),
    )

    app.get<{ Params: { id: string } }>('/predictions/:id', async (request) =>
      view(known(request, request.params.id), clock()),
    )
    app.post<{ Params: { id: string } }>('/predictions/:id/cancel', async (request) => {
      const prediction = known(request, request.params.id)
      predictions.cancel(prediction)
      return view(prediction, clock())
    })
    app.get<{ Querystring: { cursor?: string; created_after?: string; created_before?: string } }>(
      '/predictions',
      async (request) => {
        const { cursor, created_after, created_before } = request.query
        const after = created_after ? Date.parse(created_after) : Number.NEGATIVE_INFINITY
        const before = created_before ? Date.parse(created_before) : Number.POSITIVE_INFINITY
        const all = predictions
          .list(accountOf(request, replicateErrors))
          .filter(({ createdAt }) => createdAt >= after && createdAt < before)
        const from = cursor ? all.findIndex(({ id }) => id === cursor) + 1 : 0
        const page = all.slice(from, from + pageSize)
        const more = from + pageSize < all.length
        const query = new URLSearchParams({ ...request.query, cursor: page.at(-1)?.id ?? '' })
        return {
          previous: null,
          next: more ? `${apiOf(request)}/predictions?${query}` : null,
          results: page.map((prediction) => view(prediction, clock())),
        }
      },
    )

    app.post('/files', async (request, reply) => {
      accountOf(request, replicateErrors)
      const form = await readForm(request, inputBytesMax, replicateErrors)
      const data = fileOf(form, 'content')
      if (!data) throw replicateErrors.unreadable('Missing content')
      const upload = uploads.add(data, form.fields.type ?? 'application/octet-stream')
      return reply.code(201).send(uploadView(upload, apiOf(request)))
    })
    app.get<{ Params: { id: string } }>('/files/:id', async (request) => {
      accountOf(request, replicateErrors)
      const upload = uploads.get(request.params.id)
      if (!upload) throw replicateErrors.notFound()
      return uploadView(upload, apiOf(request))
    })
    app.delete<{ Params: { id: string } }>('/files/:id', async (request, reply) => {
      accountOf(request, replicateErrors)
      if (!uploads.remove(request.params.id)) throw replicateErrors.notFound()
      return reply.code(204).send()
    })

    app.get('/account', async (request) => {
      const username = accountOf(request, replicateErrors)
      meetFault(simulation.faults, 'replicate', null, replicateErrors)
      return { type: 'organization', username, name: username, github_url: 'https://github.com/simulated' }
    })
    app.get('/webhooks/default/secret', async (request) => {
      accountOf(request, replicateErrors)
      return { key: predictions.webhookSecret }
    })
  }
}

/** The delivery host: finished pictures, without a key, for an hour. */
export function deliveryRoutes(predictions: Predictions) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get<{ Params: { id: string; index: string; ending: string } }>(
      '/:id/out-:index(^\\d+).:ending(^webp|jpg|png$)',
      async (request, reply) => {
        const { id, index, ending } = request.params
        const picture = await predictions.draw(id, Number(index))
        if (!picture) throw replicateErrors.notFound()
        return reply.type(`image/${ending === 'jpg' ? 'jpeg' : ending}`).send(picture)
      },
    )
  }
}

async function readInputs(plan: Plan, uploads: Uploads, api: string): Promise<Inputs | string | null> {
  if (!plan.image) return null
  const read = async (url: string) => {
    const upload = url.startsWith(`${api}/files/`)
      ? uploads.get(url.slice(`${api}/files/`.length))
      : undefined
    return upload?.data ?? (await readInputFile(url, inputBytesMax))
  }
  const [image, mask] = await Promise.all([read(plan.image), plan.mask ? read(plan.mask) : undefined])
  if (!image || mask === null) return 'Prediction failed: an input file could not be downloaded.'
  const inputs = { image, mask }
  return (await inputFault(inputs)) ?? inputs
}

function hostOf(request: FastifyRequest): string {
  return `${request.protocol}://${request.host}`
}

function apiOf(request: FastifyRequest): string {
  return `${hostOf(request)}/replicate/v1`
}
