import { describe, expect, test } from 'vitest'
import type { FakeAnswer, Responder } from '../testing/fake-server.ts'
import { failureOf, picturesOf, run, testProvider } from '../testing/provider-suite.ts'
import { callOf, specOf } from '../testing/sample-call.ts'
import { openSpec, specsExist } from '../testing/specs.ts'
import { useFakeServer } from '../testing/use-fake-server.ts'
import { createMistral } from './mistral.ts'

const spec = specOf({ provider: 'mistral', model: 'mistral-medium-latest', seed: false, formats: ['png'] })
const used = { prompt_tokens: 200, completion_tokens: 40, total_tokens: 330, connector_tokens: 90 }

function conversation(fileIds: string[], options: { words?: string; count?: number } = {}) {
  const count = options.count ?? fileIds.length
  const chunks = fileIds.map((file_id) => ({
    type: 'tool_file',
    tool: 'image_generation',
    file_id,
    file_name: 'p',
    file_type: 'png',
  }))
  const content = options.words ?? [{ type: 'text', text: 'Here it is.' }, ...chunks]
  const spoke = options.words !== undefined || fileIds.length > 0
  return {
    object: 'conversation.response',
    conversation_id: 'conv_1',
    outputs: [
      ...(count > 0
        ? [{ object: 'entry', type: 'tool.execution', name: 'image_generation', arguments: '{}' }]
        : []),
      ...(spoke ? [{ object: 'entry', type: 'message.output', role: 'assistant', content }] : []),
    ],
    usage: { ...used, connectors: count > 0 ? { image_generation: count } : null },
  }
}

function drawn(pictures: Uint8Array[]): Responder {
  return ({ method, path }) =>
    method === 'POST'
      ? { status: 200, body: conversation(pictures.map((_, index) => `file-${index}`)) }
      : { status: 200, body: pictures[Number(/file-(\d)/.exec(path)?.[1])] }
}

function error(status: number, headers?: Record<string, string>) {
  const body = { object: 'error', message: 'words of Mistral', type: 'x', param: null, code: '1300' }
  return { status, headers, body } satisfies FakeAnswer
}

testProvider('Mistral', {
  create: createMistral,
  basePath: '',
  spec,
  imagesMax: 1,
  succeed: drawn,
  noPicture: 'yes',
  bill: { tokens: { text_in: 290, text_out: 40 }, images: 1 },
  refuse: () => () => ({ status: 200, body: conversation([], { words: 'I cannot draw that.' }) }),
  refusalBilled: 'yes',
  wrongKey: { status: 401, body: { message: 'Unauthorized', request_id: 'x' } },
  rateLimited: { answer: error(429, { 'retry-after': '2' }), waitMs: 2_000 },
  outOfCredit: error(402),
  unknownModel: error(404),
  badInput: {
    status: 422,
    body: { detail: [{ loc: ['body', 'inputs'], msg: 'Field required', type: 'missing' }] },
  },
  down: error(503),
})

describe('the wire of Mistral', () => {
  const { server, http, sentJson } = useFakeServer()
  const attempt = () => createMistral({ key: 'k', baseUrl: server.origin }, http.send)
  const answer = (body: unknown) => server.answerWith(() => ({ status: 200, body }))

  test('model and tool go with each call, unless the operator has made an agent', async () => {
    server.answerWith(drawn(picturesOf(1)))
    await run(attempt(), callOf(spec))
    expect(server.seen.map(({ path }) => path)).toEqual(['/v1/conversations', '/v1/files/file-0/content'])
    expect(sentJson()).toMatchObject({
      model: 'mistral-medium-latest',
      tools: [{ type: 'image_generation' }],
      stream: false,
    })
    server.seen.splice(0)
    await run(attempt(), callOf({ ...spec, wire: { agent_id: 'ag_1' } }))
    expect(sentJson()).toEqual({ agent_id: 'ag_1', inputs: 'a lighthouse at dusk', stream: false })
  })

  test('the tool’s own count is billed, also where it drew two and one was asked for', async () => {
    server.answerWith(drawn(picturesOf(2)))
    const { images, usage } = await run(attempt(), callOf(spec))
    expect(images).toHaveLength(1)
    expect(usage.images).toBe(2)
  })

  test('prose costs its tokens and no picture; what was drawn and withheld costs a picture too', async () => {
    answer(conversation([], { words: 'I cannot draw that.' }))
    expect((await failureOf(run(attempt(), callOf(spec)))).usage).toEqual({
      tokens: { text_in: 290, text_out: 40 },
      images: 0,
    })
    answer(conversation([], { words: 'I cannot show that.', count: 1 }))
    expect((await failureOf(run(attempt(), callOf(spec)))).usage?.images).toBe(1)
  })

  test('a file that is gone is a bad answer that was paid; a passing fault is asked for again', async () => {
    server.answerWith(({ method }) =>
      method === 'POST' ? { status: 200, body: conversation(['a']) } : error(404),
    )
    expect(await failureOf(run(attempt(), callOf(spec)))).toMatchObject({
      code: 'bad_answer',
      billed: 'yes',
      usage: { images: 1 },
    })
    server.answerWith(({ method }) =>
      method === 'POST' ? { status: 200, body: conversation(['a']) } : error(503),
    )
    expect(await failureOf(run(attempt(), callOf(spec)))).toMatchObject({ billed: 'unknown' })
  })

  test.each([{ seed: 7 }, { steps: 20 }, { n: 2 }, { mode: 'turbo' as const }])(
    'what the wire has no words for is refused unsent: %o',
    async (asked) => {
      expect(await failureOf(attempt().start(callOf(spec, asked)))).toMatchObject({
        code: 'provider_config',
        billed: 'no',
      })
      expect(server.seen).toHaveLength(0)
    },
  )

  test.skipIf(!specsExist)(
    'requests and sample answers fit the official document (needs ../shared)',
    async () => {
      const check = openSpec('mistral-conversations-files-batch.openapi.json')
      server.answerWith(drawn(picturesOf(1)))
      await run(attempt(), callOf(spec))
      expect(check('/components/schemas/ConversationRequest', sentJson())).toEqual([])
      expect(check('/components/schemas/ConversationResponse', conversation(['file-0']))).toEqual([])
    },
  )
})
