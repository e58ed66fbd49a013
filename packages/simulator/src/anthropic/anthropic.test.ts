import { Resvg } from '@resvg/resvg-js'
import { expect, test } from 'vitest'
import { simulated } from '../testing/simulated.ts'

const path = '/anthropic/v1/messages'
const auth = { 'x-api-key': 'sk', 'anthropic-version': '2023-06-01', authorization: '' }
const ask = {
  model: 'claude-haiku-4-5',
  max_tokens: 8_000,
  system: 'Answer with one SVG.',
  messages: [{ role: 'user', content: 'a red kite logo, 640x480' }],
}

interface Message {
  content: { text: string }[]
  stop_reason: string
  usage: { input_tokens: number; output_tokens: number }
}
const messageOf = async (answer: Response) => (await answer.json()) as Message
const owed = ({ usage }: Message) => usage.input_tokens * 1_000 + usage.output_tokens * 5_000

test('a drawing has the prompt’s words and the size asked for, and costs its tokens', async () => {
  const { post, books } = await simulated()
  const drawn = await messageOf(await post(path, ask, { ...auth, 'idempotency-key': 'att_1' }))
  const [{ text = '' } = {}] = drawn.content
  expect(text).toContain('a red kite logo')
  const { width, height } = new Resvg(text)
  expect({ width, height }).toEqual({ width: 640, height: 480 })
  expect(drawn).toMatchObject({ stop_reason: 'end_turn', type: 'message' })
  expect((await books()).entries).toMatchObject([{ attempt_id: 'att_1', nano: owed(drawn) }])
})

test('it is cut at max_tokens, and refuses by its stop reason: both cost their tokens', async () => {
  const { post, books } = await simulated()
  const cut = await messageOf(await post(path, { ...ask, max_tokens: 100 }, auth))
  expect(cut).toMatchObject({ stop_reason: 'max_tokens', usage: { output_tokens: 100 } })
  expect(cut.content[0]?.text).not.toContain('</svg>')
  const messages = [{ role: 'user', content: 'forbidden-content' }]
  const refused = await messageOf(await post(path, { ...ask, messages }, auth))
  expect(refused).toMatchObject({ stop_reason: 'refusal', content: [] })
  expect((await books()).entries.map(({ nano }) => nano)).toEqual([owed(cut), owed(refused)])
})

test('errors have the documented shape', async () => {
  const { post, fault, books } = await simulated()
  const typeOf = async (answer: Response) => {
    const body = (await answer.json()) as { type: string; error: { type: string }; request_id: string }
    expect(body).toMatchObject({ type: 'error', request_id: expect.stringMatching(/^req_/) })
    return [answer.status, body.error.type]
  }
  expect(await typeOf(await post(path, ask, { ...auth, 'x-api-key': 'invalid' }))).toEqual([
    401,
    'authentication_error',
  ])
  expect(await typeOf(await post(path, ask, { ...auth, 'x-api-key': 'no-credit' }))).toEqual([
    400,
    'invalid_request_error',
  ])
  expect(await typeOf(await post(path, { ...ask, model: 'claude-2' }, auth))).toEqual([
    404,
    'not_found_error',
  ])
  expect(await typeOf(await post(path, { ...ask, max_tokens: 0 }, auth))).toEqual([
    400,
    'invalid_request_error',
  ])
  expect(await typeOf(await post(path, ask, { 'x-api-key': 'sk' }))).toEqual([400, 'invalid_request_error'])
  await fault('anthropic', 'down')
  expect(await typeOf(await post(path, ask, auth))).toEqual([529, 'overloaded_error'])
  expect((await books()).entries).toEqual([])
})
