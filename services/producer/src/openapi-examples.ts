import recorded from './openapi-answers.json' with { type: 'json' }

const job = {
  prompt: 'A lighthouse at dusk, oil painting',
  size: '1024x1024',
  latency: { max_ms: 8000 },
  budget: { max_cost_per_image_usd: '0.05' },
  metadata: { post: 17 },
}

const candidate = {
  provider: 'replicate',
  model: 'flux-dev',
  operation: 'generate',
  cost_usd: '0.025',
  cost_per_image_usd: '0.025',
  cost_per_megapixel_usd: '0.023841858',
  cost_per_step_usd: null,
  expected_ms: 4_000,
  quality: 0.8,
  batch: false,
  eligible: true,
  reason: null,
}

const openAiImage = { model: 'auto', prompt: job.prompt, size: job.size, halftone: { budget: job.budget } }
const openAiEdit = {
  model: 'auto',
  prompt: 'Make it night',
  images: [{ file_id: 'file_01900000000070008000000000000000' }],
}

/** Bodies that work, by operation and content type. */
const requests: Record<string, Record<string, unknown>> = {
  createJob: { 'application/json': job },
  createBulk: {
    'application/json': {
      defaults: { size: '1024x1024', content_type: 'product_photo' },
      budget: { max_cost_usd: '5.00' },
      webhook: { url: 'https://example.com/halftone' },
      jobs: [{ prompt: 'A blue mug on oak' }, { prompt: 'The same mug, top view' }],
    },
    'application/x-ndjson':
      '{"bulk":{"defaults":{"size":"1024x1024"}}}\n{"prompt":"A blue mug on oak"}\n{"prompt":"The same mug, top view"}\n',
  },
  createQuote: { 'application/json': { ...job, expires_in_seconds: 7_200 } },
  createWebhookEndpoint: {
    'application/json': {
      url: 'https://example.com/halftone',
      events: ['image.bulk.completed'],
      mode: 'per_bulk',
    },
  },
  changeBulk: { 'application/json': { priority: 0, deadline: '2027-03-01T07:00:00Z' } },
  retryFailed: { 'application/json': { statuses: ['failed', 'expired'], budget: { max_cost_usd: '2.00' } } },
  changeWebhookEndpoint: { 'application/json': { events: ['image.job.failed'], description: 'nightly' } },
  replayWebhooks: { 'application/json': { from: '2027-03-01T00:00:00Z', status: ['held', 'exhausted'] } },
  generateImages: { 'application/json': openAiImage },
  generateImagesOpenAi: { 'application/json': openAiImage },
  editImages: { 'application/json': openAiEdit },
  editImagesOpenAi: { 'application/json': openAiEdit },
  createBatch: {
    'application/json': {
      input_file_id: 'file-01900000000070008000000000000000',
      endpoint: '/v1/images/generations',
      completion_window: '24h',
    },
  },
  resolveUnknown: {
    'application/json': { outcome: 'paid', cost_usd: '0.04', note: 'on the invoice of 1 March' },
  },
  recordQuality: {
    'application/json': {
      scores: [
        {
          ...{ provider: 'replicate', model: 'stable-diffusion-3.5-turbo', content_type: 'text_poster' },
          ...{ method: 'ocr', score: 0.82, low: 0.71, high: 0.9, n: 24 },
          measured_at: '2027-03-01T10:00:00.000Z',
        },
      ],
    },
  },
  setPriceRule: { 'application/json': { amount_usd: '0.035' } },
  createKey: { 'application/json': { project: 'spring-campaign' } },
  setBudget: { 'application/json': { limit_usd: '250' } },
}

/** What such a request is answered with; for all that is not here, as it was once recorded. */
const answers: Record<string, { status: string; value: unknown }> = {
  createBulk: {
    status: '202',
    value: {
      id: 'bulk_01900000000070008000000000000000',
      accepted: 2,
      rejected: [],
      reserved_usd: '0.16',
      expected_usd: '0.06',
      expected_finish: '2027-03-01T07:00:12.000Z',
    },
  },
  createQuote: {
    status: '200',
    value: {
      id: 'quote_01900000000070008000000000000000',
      expires_at: '2027-03-01T09:00:00.000Z',
      choice: candidate,
      candidates: [
        candidate,
        {
          ...candidate,
          provider: 'stability',
          model: 'stable-image-ultra',
          cost_usd: '0.08',
          cost_per_image_usd: '0.08',
          cost_per_megapixel_usd: '0.076293945',
          eligible: false,
          reason: '$0.08 an image is above your limit of $0.05',
        },
      ],
    },
  },
  listPriceHistory: {
    status: '200',
    value: {
      data: [
        {
          version: 412,
          rule_id: 'cur:replicate/flux-dev/generate',
          provider: 'replicate',
          model: 'flux-dev',
          operation: 'generate',
          status: 'known',
          from: '2027-02-27T11:00:03.000Z',
          until: null,
          currency: 'USD',
          amounts: [{ kind: 'per_image', amount: '0.025', count: 'output' }],
          modifiers: [],
          source: 'operator',
          confidence: 1,
          observed_at: '2027-02-27T11:00:03.000Z',
        },
      ],
      next_cursor: null,
    },
  },
  getUsage: {
    status: '200',
    value: {
      from: '2027-02-01T00:00:00.000Z',
      to: '2027-03-01T00:00:00.000Z',
      group_by: ['provider'],
      simulated: false,
      data: [
        {
          provider: 'replicate',
          ...{ jobs: 9_412, succeeded: 9_398, images: 9_398, cost_usd: '263.144' },
          ...{
            baseline_usd: '375.92',
            savings_usd: '112.776',
            affinity_savings_usd: '12.05',
            unknown_held_usd: '0',
          },
        },
      ],
      total: {
        ...{ jobs: 9_412, succeeded: 9_398, images: 9_398, cost_usd: '263.144' },
        ...{
          baseline_usd: '375.92',
          savings_usd: '112.776',
          affinity_savings_usd: '12.05',
          unknown_held_usd: '0',
        },
      },
    },
  },
  listOverruns: {
    status: '200',
    value: {
      total_usd: '0.005',
      jobs: 1,
      data: [
        {
          job_id: 'job_01900000000070008000000000000000',
          bulk_id: null,
          project_id: 'prj_01900000000070008000000000000000',
          quote_id: 'quote_01900000000070008000000000000000',
          provider: 'replicate',
          model: 'flux-dev',
          quoted_usd: '0.025',
          cost_usd: '0.03',
          absorbed_usd: '0.005',
          quoted_price_version: 398,
          paid_price_version: 412,
          at: '2027-03-01T08:12:44.000Z',
        },
      ],
      next_cursor: null,
    },
  },
  createKey: {
    status: '201',
    value: {
      id: 'key_01900000000070008000000000000000',
      key: 'hlf_…',
      project_id: 'prj_01900000000070008000000000000000',
    },
  },
  setBudget: {
    status: '200',
    value: {
      project_id: 'prj_01900000000070008000000000000000',
      limit_usd: '250',
      held_usd: '1.2',
      spent_usd: '18.034',
    },
  },
}

const problem = {
  type: 'urn:halftone:problem:impossible',
  title: 'Nobody can do this as asked',
  status: 422,
  detail:
    'the cheapest that can do this is replicate/stable-diffusion-3.5-turbo at $0.028 an image; your limit is $0.02',
  code: 'impossible',
  field: '/budget/max_cost_per_image_usd',
  limit: '0.02',
  next: 'raise the limit to at least "0.028", or ask for a smaller size or a lower quality',
}

/** Puts the examples beside the schemas that the routes gave. */
export function addExamples<T extends { paths?: object }>(document: T): T {
  for (const path of Object.values(document.paths ?? {}))
    for (const operation of Object.values(path)) if (isOperation(operation)) addTo(operation)
  return document
}

interface Operation {
  operationId?: string
  requestBody?: { content?: Record<string, Content> }
  responses?: Record<string, { content?: Record<string, Content> }>
}
interface Content {
  example?: unknown
}

function isOperation(value: unknown): value is Operation {
  return typeof value === 'object' && value !== null && 'responses' in value
}

function addTo(operation: Operation): void {
  const name = operation.operationId ?? ''
  const bodies = operation.requestBody?.content ?? {}
  // a new object each: content types of one body may share one
  for (const [type, example] of Object.entries(requests[name] ?? {}))
    if (bodies[type]) bodies[type] = { ...bodies[type], example }
  const answer = answers[name]
  const record: Record<string, unknown> = recorded
  for (const [status, { content = {} }] of Object.entries(operation.responses ?? {})) {
    const json = content['application/json']
    const example = answer?.status === status ? answer.value : record[name]
    if (json && status.startsWith('2') && example !== undefined) json.example = example
  }
  const refused = operation.responses?.['422']?.content?.['application/problem+json']
  if (refused) refused.example = problem
}
