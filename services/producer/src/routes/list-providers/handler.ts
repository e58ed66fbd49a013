import { providerAnswerSchema } from '@halftone/contracts'
import { z } from 'zod'
import { providerAnswers } from '../../answers/provider-answer.ts'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, problems } from '../schemas.ts'

export function listProvidersRoute(app: App, { ledger, market, configured, accept }: ProducerParts): void {
  app.route({
    method: 'GET',
    url: '/providers',
    schema: {
      operationId: 'listProviders',
      summary: 'How every provider is doing',
      tags: ['market'],
      security: bearer,
      response: { 200: z.object({ data: z.array(providerAnswerSchema) }), ...problems(401, 503) },
    },
    handler: async () => {
      const depths = await ledger.jobs.depth()
      const { rateOf, links } = accept
      return {
        data: providerAnswers(market.view(), { configured, depths, rateOf, simulated: links.simulated }),
      }
    },
  })
}
