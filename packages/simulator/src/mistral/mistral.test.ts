import { expect, test } from 'vitest'
import { sizeOf } from '../testing/pictures.ts'
import { specFaults, specsPresent } from '../testing/provider-specs.ts'
import { simulated } from '../testing/simulated.ts'

const spec = 'mistral-conversations-files-batch.openapi.json'
const conversations = '/mistral/v1/conversations'
const ask = { model: 'mistral-medium-latest', tools: [{ type: 'image_generation' }], inputs: 'a quiet lake' }

interface Chunk {
  type: string
  file_id?: string
}
interface Conversation {
  outputs: { type: string; content?: string | Chunk[] }[]
  usage: {
    prompt_tokens: number
    completion_tokens: number
    connector_tokens: number
    connectors: Record<string, number> | null
  }
}

async function conversationOf(answer: Response): Promise<Conversation> {
  expect(answer.status).toBe(200)
  return (await answer.json()) as Conversation
}

function filesOf({ outputs }: Conversation): string[] {
  return outputs.flatMap(({ content }) =>
    Array.isArray(content) ? content.flatMap(({ file_id }) => file_id ?? []) : [],
  )
}

/** Nano-dollars at 0.1 a picture, 0.4 and 2 a million tokens. */
function owed({ usage }: Conversation): number {
  const { prompt_tokens, completion_tokens, connector_tokens, connectors } = usage
  return (
    (connectors?.image_generation ?? 0) * 100_000_000 +
    (prompt_tokens + connector_tokens) * 400 +
    completion_tokens * 2_000
  )
}

test.skipIf(!specsPresent)('answers and errors fit Mistral’s own specification', async () => {
  const { post } = await simulated()
  const drawn = await (await post(conversations, ask)).json()
  expect(specFaults(spec, '/components/schemas/ConversationResponse', drawn)).toBeNull()
  const refused = await (await post(conversations, { ...ask, inputs: 'forbidden-content' })).json()
  expect(specFaults(spec, '/components/schemas/ConversationResponse', refused)).toBeNull()
  const agent = await post('/mistral/v1/agents', { model: ask.model, name: 'painter', tools: ask.tools })
  expect(specFaults(spec, '/components/schemas/Agent', await agent.json())).toBeNull()
  const bad = await post(conversations, { ...ask, model: undefined })
  expect(bad.status).toBe(422)
  expect(specFaults(spec, '/components/schemas/HTTPValidationError', await bad.json())).toBeNull()
})

test('a picture is a file of the conversation, until it is deleted', async () => {
  const { url, post, get, books } = await simulated()
  const drawn = await conversationOf(await post(conversations, ask, { 'idempotency-key': 'att_1' }))
  const [file] = filesOf(drawn)
  const content = await get(`/mistral/v1/files/${file}/content`)
  expect(await sizeOf(Buffer.from(await content.arrayBuffer()))).toEqual({
    width: 1_024,
    height: 1_024,
    format: 'png',
  })
  expect((await books()).entries).toMatchObject([{ attempt_id: 'att_1', n: 1, nano: owed(drawn) }])
  await fetch(`${url}/mistral/v1/files/${file}`, { method: 'DELETE', headers: { authorization: 'Bearer k' } })
  expect((await get(`/mistral/v1/files/${file}/content`)).status).toBe(404)
})

test('an agent draws as its model does', async () => {
  const { post } = await simulated()
  const made = await post('/mistral/v1/agents', { model: ask.model, name: 'painter', tools: ask.tools })
  const { id } = (await made.json()) as { id: string }
  expect(
    filesOf(await conversationOf(await post(conversations, { agent_id: id, inputs: 'a lake' }))),
  ).toHaveLength(1)
  expect((await post(conversations, { agent_id: 'ag_none', inputs: 'a lake' })).status).toBe(404)
})

test('two pictures, none, and one that is counted and withheld: the books charge the count', async () => {
  const { post, books } = await simulated()
  const two = await conversationOf(await post(conversations, { ...ask, inputs: 'two pictures of a lake' }))
  const prose = await conversationOf(await post(conversations, { ...ask, inputs: 'forbidden-content' }))
  const withheld = await conversationOf(await post(conversations, { ...ask, inputs: 'filtered-content' }))
  const words = await conversationOf(await post(conversations, { ...ask, tools: [] }))
  expect([two, prose, withheld, words].map((one) => filesOf(one).length)).toEqual([2, 0, 0, 0])
  expect([two, prose, withheld, words].map(({ usage }) => usage.connectors?.image_generation ?? 0)).toEqual([
    2, 0, 1, 0,
  ])
  expect((await books()).entries.map(({ nano }) => nano)).toEqual([two, prose, withheld, words].map(owed))
})

test('a stream tells the same as events', async () => {
  const { post } = await simulated()
  const text = await (await post(conversations, { ...ask, stream: true })).text()
  const events = [...text.matchAll(/^event: (.+)$/gm)].map(([, name]) => name)
  expect(events[0]).toBe('conversation.response.started')
  expect(events).toContain('message.output.delta')
  expect(events.at(-1)).toBe('conversation.response.done')
})
