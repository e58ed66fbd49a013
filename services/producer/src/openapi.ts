import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import {
  bulkAcceptedSchema,
  bulkAnswerSchema,
  bulkQuoteAnswerSchema,
  fileAnswerSchema,
  jobAnswerSchema,
  jobBodySchema,
  problemSchema,
  quoteAnswerSchema,
} from '@halftone/contracts'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { App } from './app.ts'
import { addExamples } from './openapi-examples.ts'
import { addWebhooks } from './openapi-webhooks.ts'

/** Named in the document, so that generated clients have types to speak of. */
const named = {
  JobBody: jobBodySchema,
  Job: jobAnswerSchema,
  BulkAccepted: bulkAcceptedSchema,
  Bulk: bulkAnswerSchema,
  Quote: quoteAnswerSchema,
  BulkQuote: bulkQuoteAnswerSchema,
  File: fileAnswerSchema,
  Problem: problemSchema,
}
for (const [id, schema] of Object.entries(named)) z.globalRegistry.add(schema, { id })

/** `/openapi.json` (3.1) and `/docs`, made from the routes' own schemas. Before any route is registered. */
export async function registerOpenApi(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Halftone',
        version: '0.1.0',
        description:
          'Turns image requests into pictures that are good enough, on time, at the lowest price any provider asks. ' +
          'Money is a decimal string in USD. Every failure is `application/problem+json` and names field, limit and cure.',
      },
      tags: [
        { name: 'jobs', description: 'One picture request' },
        { name: 'bulk', description: 'Up to 50,000 at once' },
        { name: 'quotes', description: 'What it would cost, promised' },
        { name: 'events', description: 'Streams and webhooks' },
        { name: 'files', description: 'Pictures and masks' },
        { name: 'market', description: 'Prices, providers, content types' },
        { name: 'openai', description: 'As OpenAI’s own API, with its shapes and errors' },
        { name: 'admin', description: 'For the operator’s key' },
      ],
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => addWebhooks(addExamples(jsonSchemaTransformObject(document))),
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    theme: { title: 'Halftone API' },
    // by default the page asks a public service for a badge
    uiConfig: { validatorUrl: null, persistAuthorization: true, tryItOutEnabled: true },
  })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
