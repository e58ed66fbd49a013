import type { FastifyInstance } from 'fastify'
import { accountOf, admitPaid } from '../caller.ts'
import { meetFault } from '../paid-call.ts'
import type { Simulation } from '../simulation.ts'
import { answerImages, answerLine } from './answer-images.ts'
import { batchRoutes } from './batch-routes.ts'
import { readEdit, readJsonEdit } from './edit-inputs.ts'
import { modelNotFound, openaiErrors } from './errors.ts'
import { type OpenaiModel, openaiModels } from './models.ts'
import { editTask, generationTask } from './tasks.ts'
import { usageRoutes } from './usage.ts'

/** OpenAI's image calls, at once or as a stream. */
export function openaiRoutes(simulation: Simulation) {
  const { prices } = simulation

  return async (app: FastifyInstance): Promise<void> => {
    await usageRoutes(simulation)(app)
    await batchRoutes(simulation, {
      provider: 'openai',
      endpoints: ['/v1/images/generations', '/v1/images/edits'],
      line(endpoint, body, caller) {
        if (endpoint === '/v1/images/generations')
          return answerLine(simulation, generationTask(simulation, body), caller)
        // its pictures are read when their turn comes, since they are many
        return async () => answerLine(simulation, editTask(simulation, await readJsonEdit(body)), caller)()
      },
    })(app)
    app.get('/models', async (request) => {
      accountOf(request, openaiErrors)
      meetFault(simulation.faults, 'openai', null, openaiErrors)
      const sold = openaiModels.filter(({ id }) => prices.has('openai', id))
      return { object: 'list', data: sold.map(listed) }
    })

    app.post('/images/generations', async (request, reply) => {
      const account = admitPaid(request, simulation, 'openai', openaiErrors)
      const task = generationTask(simulation, request.body)
      return answerImages(simulation, task, { request, reply, account })
    })

    app.post('/images/edits', async (request, reply) => {
      const account = admitPaid(request, simulation, 'openai', openaiErrors)
      const task = editTask(simulation, await readEdit(request))
      return answerImages(simulation, task, { request, reply, account })
    })

    // The endpoint is gone for every model.
    app.post('/images/variations', async (request) => {
      accountOf(request, openaiErrors)
      throw modelNotFound('dall-e-2')
    })
  }
}

function listed({ id, created, shutdownDate }: OpenaiModel) {
  const entry = { id, object: 'model', created, owned_by: 'system' }
  return shutdownDate ? { ...entry, shutdown_date: shutdownDate } : entry
}
