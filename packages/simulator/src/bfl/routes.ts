import type { FastifyInstance, FastifyRequest } from 'fastify'
import { accountOf, admitPaid, attemptOf, keyInHeader } from '../caller.ts'
import { meetFault, sendAnswer } from '../paid-call.ts'
import type { Simulation } from '../simulation.ts'
import { WireError } from '../wire-error.ts'
import { bflErrors, invalid } from './errors.ts'
import { readInputs } from './inputs.ts'
import { type BflModel, bflModel, type Plan } from './models.ts'
import { type Task, type Tasks, view } from './tasks.ts'

const apiKey = keyInHeader('x-key')
const activeMax = 24
const creditsAtStart = 10_000
const nanoPerCredit = 10_000_000

export interface BflParts {
  simulation: Simulation
  tasks: Tasks
  /** The port of the host where tasks can be polled; null = there is just one host. */
  regionPort: () => number | null
}

/** Black Forest Labs: submits here, polls at the host of a region, pictures at a third place that must see no key. */
export function bflRoutes({ simulation, tasks, regionPort }: BflParts) {
  return async (app: FastifyInstance): Promise<void> => {
    app.post<{ Params: { model: string } }>('/v1/:model', async (request, reply) => {
      const account = admitPaid(request, simulation, 'bfl', bflErrors, apiKey)
      const name = request.params.model
      const model = bflModel(name)
      if (!model || !simulation.prices.has('bfl', name)) throw bflErrors.notFound()
      if (simulation.strict && tasks.active(account) >= activeMax) throw bflErrors.rateLimited(0)
      const plan = readPlan(model, request.body)
      const inputs = await readInputs(plan)
      const operation = model.operation ?? (plan.images.length > 0 ? 'edit' : 'generate')
      const price = simulation.prices.find('bfl', name, operation)
      if (!price) throw bflErrors.notFound()
      const fault = meetFault(simulation.faults, 'bfl', name, bflErrors)
      const task = tasks.create({
        ...{ account, model: name, plan, inputs, operation, price, fault },
        attemptId:
          attemptOf(request) ?? (plan.webhook && new URL(plan.webhook.url).searchParams.get('attempt')),
        delivery: `${request.protocol}://${request.host}/bfl-delivery`,
      })
      const headers = { 'content-type': 'application/json' }
      const body = JSON.stringify(submitAnswer(task, pollingHost(request)))
      return sendAnswer(reply, fault, { status: 200, headers, body })
    })

    app.get<{ Querystring: { id?: string } }>('/v1/get_result', async (request) => {
      const account = accountOf(request, bflErrors, apiKey)
      const { id } = request.query
      if (!id) throw invalid([{ field: 'id', message: 'Field required' }])
      const task = tasks.find(account, id)
      // A task with a webhook is asked for by its id where it was submitted: there is no other address.
      const isHere = task && (isRegion(request) || task.plan.webhook)
      return isHere ? view(task, simulation.clock()) : { id, status: 'Task not found' }
    })

    app.get('/v1/credits', async (request) => {
      const account = accountOf(request, bflErrors, apiKey)
      meetFault(simulation.faults, 'bfl', null, bflErrors)
      const spent = Number(simulation.books.spentNano('bfl', account)) / nanoPerCredit
      return { credits: creditsAtStart - spent }
    })
  }

  function pollingHost({ protocol, hostname, host }: FastifyRequest): string {
    const port = regionPort()
    return `${protocol}://${port === null ? host : `${hostname}:${port}`}`
  }

  function isRegion({ socket }: FastifyRequest): boolean {
    const port = regionPort()
    return port === null || socket.localPort === port
  }
}

/** With a webhook the answer has another shape, without a place to poll. */
function submitAnswer({ id, status, plan, cost }: Task, host: string) {
  const bill = { cost: Number(cost.nano) / nanoPerCredit, input_mp: cost.inputMp, output_mp: cost.outputMp }
  if (plan.webhook) return { id, status, webhook_url: plan.webhook.url, ...bill }
  return { id, polling_url: `${host}/bfl/v1/get_result?id=${id}`, ...bill }
}

function readPlan({ input }: BflModel, body: unknown): Plan {
  const parsed = input.safeParse(body)
  if (parsed.success) return parsed.data
  throw invalid(parsed.error.issues.map(({ path, message }) => ({ field: path.join('.'), message })))
}

/** Signed URLs need no key. One that comes with a key is a leak, and is told so. */
export function bflDeliveryRoutes(tasks: Tasks) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get<{ Params: { id: string; ending: string } }>(
      '/:id.:ending(^jpeg|png|webp$)',
      async (request, reply) => {
        if (request.headers['x-key'] !== undefined)
          throw new WireError(400, { error: 'The key of the API was sent to the delivery host.' })
        const picture = await tasks.draw(request.params.id)
        if (!picture) throw new WireError(403, { error: 'Signature expired' })
        return reply.type(`image/${request.params.ending}`).send(picture)
      },
    )
  }
}
