import { expect, test } from 'vitest'
import { sizeOf } from '../testing/pictures.ts'
import { simulated } from '../testing/simulated.ts'

const path = '/openai-compatible/v1/images/generations'
const ask = { model: 'flux-1-schnell', prompt: 'a quiet lake', size: '128x64' }

interface Answer {
  created: string
  data: { b64_json: string | null; url: string | null }[]
}

test('one model answers in base64, without usage; the books charge each picture', async () => {
  const { post, books } = await simulated()
  const answer = (await (await post(path, { ...ask, n: 2 })).json()) as Answer
  expect(answer).not.toHaveProperty('usage')
  expect(typeof answer.created).toBe('string')
  expect(answer.data).toHaveLength(2)
  const picture = Buffer.from(answer.data[0]?.b64_json ?? '', 'base64')
  expect(await sizeOf(picture)).toEqual({ width: 128, height: 64, format: 'png' })
  expect((await books()).entries).toMatchObject([{ n: 2, nano: 4_000_000 }])
})

test('the other makes one size and hands out links that die after an hour, whatever was asked for', async () => {
  let now = Date.parse('2026-11-22T12:00:00Z')
  const { post } = await simulated({ clock: () => now })
  const janus = { model: 'janus-pro-7b', prompt: 'a lake', response_format: 'b64_json' }
  const { data } = (await (await post(path, janus)).json()) as Answer
  const url = data[0]?.url ?? ''
  expect(await sizeOf(Buffer.from(await (await fetch(url)).arrayBuffer()))).toMatchObject({
    width: 384,
    height: 384,
  })
  now += 3_600_001
  expect((await fetch(url)).status).toBe(404)
  expect((await post(path, { ...janus, size: '512x512' })).status).toBe(400)
})

test('errors come in as many shapes as such hosts have', async () => {
  const { post, fault, books } = await simulated({ strict: true })
  const text = async (answer: Response) => [answer.status, await answer.text()]
  expect(await text(await post(path, ask, { authorization: 'Bearer invalid' }))).toEqual([
    401,
    '"Invalid token"',
  ])
  expect(await text(await post(path, { ...ask, prompt: 'filtered-content' }))).toEqual([
    200,
    expect.stringContaining('"error"'),
  ])
  expect(await text(await post(path, { ...ask, prompt: 'forbidden-content' }))).toEqual([
    400,
    expect.stringContaining('content_policy_violation'),
  ])
  expect(await text(await post(path, { ...ask, model: 'x' }))).toEqual([
    404,
    expect.stringContaining('model_not_found'),
  ])
  await fault('openai-compatible', 'down')
  expect(await text(await post(path, ask))).toEqual([502, expect.stringContaining('<html>')])
  expect((await books()).entries).toEqual([])
})
