import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import type { FakeAnswer } from '../testing/fake-server.ts'
import { failureOf, run, testProvider } from '../testing/provider-suite.ts'
import { callOf, specOf } from '../testing/sample-call.ts'
import { useFakeServer } from '../testing/use-fake-server.ts'
import { createAnthropic } from './anthropic.ts'

const spec = specOf({ provider: 'anthropic', model: 'claude-haiku-4-5', seed: false, formats: ['png'] })
const usage = {
  input_tokens: 120,
  output_tokens: 900,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
}
const billed = { tokens: { text_in: 120, text_out: 900 } }
const circle = '<circle cx="50" cy="50" r="40" fill="#00f"/>'
const svg = (inside = circle, root = 'viewBox="0 0 100 100"') =>
  `<svg xmlns="http://www.w3.org/2000/svg" ${root}>${inside}</svg>`

function message(text: string | null, stop_reason = 'end_turn') {
  const content = text === null ? [] : [{ type: 'text', text }]
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-haiku-4-5',
    content,
    stop_reason,
    stop_sequence: null,
    usage,
  }
}

function error(status: number, type: string, text = 'words of Anthropic', headers?: Record<string, string>) {
  return {
    status,
    headers,
    body: { type: 'error', error: { type, message: text }, request_id: 'req_1' },
  } satisfies FakeAnswer
}

testProvider('Anthropic', {
  create: createAnthropic,
  basePath: '',
  spec,
  imagesMax: 1,
  renders: true,
  succeed: (pictures) => () => ({
    status: 200,
    body: message(pictures.length > 0 ? svg() : 'no drawing today'),
  }),
  noPicture: 'yes',
  bill: billed,
  refuse: () => () => ({ status: 200, body: message(null, 'refusal') }),
  refusalBilled: 'yes',
  wrongKey: error(401, 'authentication_error'),
  rateLimited: { answer: error(429, 'rate_limit_error', 'slow', { 'retry-after': '4' }), waitMs: 4_000 },
  outOfCredit: error(400, 'invalid_request_error', 'Your credit balance is too low to access the API'),
  unknownModel: error(404, 'not_found_error'),
  badInput: error(400, 'invalid_request_error'),
  down: error(529, 'overloaded_error'),
})

describe('the wire of Anthropic', () => {
  const { server, http } = useFakeServer()
  const attempt = () => createAnthropic({ key: 'sk-ant', baseUrl: server.origin }, http.send)
  const say = (text: string, stop?: string) =>
    server.answerWith(() => ({ status: 200, body: message(text, stop) }))

  test('the Messages API is asked in its own words, with its own key header', async () => {
    say(svg())
    await run(attempt(), callOf({ ...spec, wire: { max_tokens: '5000' } }, { width: 640, height: 480 }))
    const [sent] = server.seen
    expect(sent?.path).toBe('/v1/messages')
    expect(sent?.headers).toMatchObject({ 'x-api-key': 'sk-ant', 'anthropic-version': '2023-06-01' })
    const body = JSON.parse(sent?.body.toString() ?? '')
    expect(body).toMatchObject({
      model: 'claude-haiku-4-5',
      max_tokens: 5_000,
      messages: [{ role: 'user', content: 'a lighthouse at dusk' }],
    })
    expect(body.system).toContain('viewBox="0 0 640 480"')
  })

  test.each([
    ['its own', 'viewBox="0 0 100 100"'],
    ['none', 'width="300px" height="200"'],
    ['none at all', ''],
    ['its own, and a size', 'width="9" height="9" viewBox="0,0,50 50"'],
  ])('a drawing fills just the pixels asked for, with a view box that is %s', async (_, root) => {
    say(`Here you are:\n\`\`\`svg\n${svg(circle, root)}\n\`\`\``)
    const { images } = await run(attempt(), callOf(spec, { width: 320, height: 256 }))
    const { width, height, format } = await sharp(images[0]).metadata()
    expect({ width, height, format }).toEqual({ width: 320, height: 256, format: 'png' })
  })

  test('words are drawn by the fonts that come with us: the machine may have none', async () => {
    say(svg('<text x="5" y="60" font-size="40">Hi</text>'))
    const { images } = await run(attempt(), callOf(spec, { width: 100, height: 100 }))
    expect((await sharp(images[0]).stats()).isOpaque).toBe(true)
    expect((await sharp(images[0]).greyscale().stats()).channels[0]?.min).toBeLessThan(100)
  })

  test.each([
    ['a file of this machine', '<image href="/etc/hostname" width="9" height="9"/>'],
    ['a file, by an entity', '<image href="&#47;etc/hostname" width="9" height="9"/>'],
    ['another host', '<image xlink:href="http://127.0.0.1:9/x.png" width="9" height="9"/>'],
    ['a drawing in a drawing', '<image href="data:image/svg+xml;base64,PHN2Zy8+" width="9" height="9"/>'],
    ['a style from elsewhere', '<style>@import "http://127.0.0.1/x.css";</style>'],
    ['a fill from elsewhere', '<rect width="9" height="9" fill="url(http://127.0.0.1/x#y)"/>'],
    ['a script', '<script>1</script>'],
    ['a handler', '<rect width="9" height="9" onload="x()"/>'],
    ['foreign content', '<foreignObject><p/></foreignObject>'],
    ['a flood of references', '<use href="#a"/>'.repeat(40)],
    ['a tag that is not closed', '<g><rect width="9" height="9"/>'],
  ])('%s is a bad answer, billed by tokens', async (_, inside) => {
    say(svg(inside))
    expect(await failureOf(run(attempt(), callOf(spec)))).toMatchObject({
      code: 'bad_answer',
      billed: 'yes',
      usage: billed,
    })
  })

  test.each([
    ['an entity', `<!DOCTYPE svg [<!ENTITY x "y">]>${svg()}`.replace('<!DOCTYPE', '<svg><!DOCTYPE')],
    ['a giant', svg(circle, 'viewBox="0 0 1000000 1000000"')],
    ['no end', svg().slice(0, -9)],
  ])('a drawing with %s is a bad answer, billed by tokens', async (_, text) => {
    say(text)
    expect(await failureOf(run(attempt(), callOf(spec)))).toMatchObject({
      code: 'bad_answer',
      billed: 'yes',
      usage: billed,
    })
  })

  test('what was cut at max_tokens is not drawn, though it may look whole', async () => {
    say(svg(), 'max_tokens')
    expect(await failureOf(run(attempt(), callOf(spec)))).toMatchObject({ code: 'bad_answer', billed: 'yes' })
  })
})
