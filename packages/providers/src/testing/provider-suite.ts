import type { ImageRequest, ModelSpec, ProviderErrorCode } from '@halftone/contracts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHttp, type Http, type Send } from '../http.ts'
import {
  type Billed,
  type Call,
  type Credentials,
  type ImageProvider,
  ProviderError,
  type Result,
  type Usage,
} from '../image-provider.ts'
import { type FakeAnswer, type FakeServer, type Responder, startFakeServer } from './fake-server.ts'
import { callOf } from './sample-call.ts'

/** What the suite has to know of one provider; answers are shaped by the provider's own documents. */
export interface ProviderFixture {
  create(credentials: Credentials, send: Send): ImageProvider
  /** What comes between host and first path: "/v1". */
  basePath: string
  spec: ModelSpec
  /** The most pictures that one call of this model makes. */
  imagesMax: number
  /** Everything that a good call needs, from the submit to the pictures. */
  succeed(images: Uint8Array[], baseUrl: string): Responder
  /** Billing of a call that says it succeeded and brings no picture. */
  noPicture: Billed
  /** What the answers of `succeed` say of the bill, exactly. Absent: they say nothing. */
  bill?: Usage
  /** An edit, where the model of `spec` does them; `succeed` answers it too. */
  edit?: { request: Partial<ImageRequest>; inputs: Partial<Call> }
  /** Everything that a cancel of an accepted call meets, where the provider has one. */
  cancel?: FakeAnswer
  /** The adapter makes the picture itself from what `succeed` answers: bytes are not handed on. */
  renders?: true
  /** Billing of a refusal. Default: it is free. */
  refusalBilled?: Billed
  /** Everything that a call with a refused prompt meets. */
  refuse(baseUrl: string): Responder
  wrongKey: FakeAnswer
  rateLimited: { answer: FakeAnswer; waitMs: number | null }
  outOfCredit: FakeAnswer
  unknownModel: FakeAnswer
  badInput: FakeAnswer
  /** A 500 or 503 in the provider's documented shape. */
  down: FakeAnswer
}

interface Case {
  what: string
  answer: FakeAnswer
  code: ProviderErrorCode
  billed: Billed
  waitMs?: number | null
}

const html = '<html><body><h1>Bad Gateway</h1></body></html>'

/** What a failing answer to the paid call must become: its code, and whether money may have been spent. */
function failures(fixture: ProviderFixture): Case[] {
  const { rateLimited } = fixture
  return [
    { what: 'a wrong key', answer: fixture.wrongKey, code: 'provider_auth', billed: 'no' },
    { what: 'a rate limit', ...rateLimited, code: 'rate_limited', billed: 'no' },
    {
      what: 'an account without credit',
      answer: fixture.outOfCredit,
      code: 'provider_out_of_credit',
      billed: 'no',
    },
    { what: 'an unknown model', answer: fixture.unknownModel, code: 'provider_config', billed: 'no' },
    { what: 'bad input', answer: fixture.badInput, code: 'invalid_request', billed: 'no' },
    {
      what: "a fault in the provider's own words",
      answer: fixture.down,
      code: 'provider_down',
      billed: 'no',
    },
    {
      what: "a gateway's 502",
      answer: { status: 502, body: html },
      code: 'outcome_unknown',
      billed: 'unknown',
    },
    {
      what: "a gateway's 503 without a body",
      answer: { status: 503 },
      code: 'outcome_unknown',
      billed: 'unknown',
    },
    { what: 'a 504', answer: { status: 504, body: html }, code: 'outcome_unknown', billed: 'unknown' },
    { what: 'a 408', answer: { status: 408 }, code: 'outcome_unknown', billed: 'unknown' },
    {
      what: 'a redirect',
      answer: { status: 307, headers: { location: '/x' } },
      code: 'provider_config',
      billed: 'no',
    },
    {
      what: 'an unreadable 200',
      answer: { status: 200, body: '{"cre' },
      code: 'bad_answer',
      billed: 'unknown',
    },
    {
      what: 'a cut body',
      answer: { status: 200, body: html, cut: true },
      code: 'outcome_unknown',
      billed: 'unknown',
    },
    { what: 'a reset after sending', answer: 'reset', code: 'outcome_unknown', billed: 'unknown' },
  ]
}

/** What every adapter must do alike. Each runs it with its own fixture, and adds tests of its own wire beside it. */
export function testProvider(name: string, fixture: ProviderFixture): void {
  describe(`${name} keeps the promises of a provider`, () => {
    let server: FakeServer
    let http: Http
    let provider: ImageProvider
    let stop: AbortController

    beforeEach(async () => {
      server = await startFakeServer()
      http = createHttp()
      stop = new AbortController()
      provider = connect(server)
    })
    afterEach(async () => {
      await http.close()
      await server.close()
    })

    function connect({ origin }: Pick<FakeServer, 'origin'>): ImageProvider {
      return fixture.create({ key: 'sk-secret-key', baseUrl: `${origin}${fixture.basePath}` }, http.send)
    }
    const callFor = (n: number): Call => ({ ...callOf(fixture.spec, { n }), signal: stop.signal })
    const succeed = (images: Uint8Array[]) =>
      server.answerWith(fixture.succeed(images, `${server.origin}${fixture.basePath}`))

    test.each([...new Set([1, fixture.imagesMax])])(
      'a good call brings the very bytes of %i picture(s), paid once',
      async (n) => {
        const images = picturesOf(n)
        succeed(images)
        const result = await run(provider, callFor(n))
        if (fixture.renders) expect(result.images).toHaveLength(n)
        else expect(result.images.map((image) => Buffer.from(image))).toEqual(images)
        expect(server.seen.filter((request) => request.method === 'POST')).toHaveLength(1)
      },
    )

    const { bill, edit, cancel } = fixture
    if (bill)
      test('the bill is what the answers say, to the last digit', async () => {
        succeed(picturesOf(1))
        expect((await run(provider, callFor(1))).usage).toEqual(bill)
      })

    if (edit)
      test('an edit brings its picture, paid once', async () => {
        succeed(picturesOf(1))
        const call = { ...callOf(fixture.spec, edit.request, edit.inputs), signal: stop.signal }
        expect((await run(provider, call)).images).toHaveLength(1)
        expect(server.seen.filter((request) => request.method === 'POST')).toHaveLength(1)
      })

    test('after a crash an accepted call is followed to its end by its id alone, and not paid again', async () => {
      const images = picturesOf(1)
      succeed(images)
      const started = await provider.start(callFor(1))
      if (started.kind === 'done') return
      const result = await followed(connect(server), started.providerRef, callFor(1))
      expect(result.images.map((image) => Buffer.from(image))).toEqual(images)
      expect(server.seen.filter((request) => request.method === 'POST')).toHaveLength(1)
    })

    if (cancel)
      test('an accepted call can be canceled', async () => {
        succeed(picturesOf(1))
        const started = await provider.start(callFor(1))
        if (started.kind === 'done') throw new Error('a call that can be canceled is accepted first')
        server.answerWith(() => cancel)
        await provider.cancel?.(started.providerRef, stop.signal)
        expect(server.seen.at(-1)?.path).toContain('cancel')
      })

    test('the paid request carries the attempt id as its idempotency key', async () => {
      succeed(picturesOf(1))
      const call = callFor(1)
      await provider.start(call)
      expect(server.seen[0]?.headers['idempotency-key']).toBe(call.attemptId)
    })

    if (fixture.imagesMax > 1)
      test('fewer pictures than asked are handed on as they are', async () => {
        succeed(picturesOf(1))
        expect((await run(provider, callFor(2))).images).toHaveLength(1)
      })

    test('no picture at all is a bad answer', async () => {
      succeed([])
      const error = await failureOf(run(provider, callFor(1)))
      expect(error).toMatchObject({ code: 'bad_answer', billed: fixture.noPicture })
    })

    test(`a refused prompt is told from a fault; billed: ${fixture.refusalBilled ?? 'no'}`, async () => {
      server.answerWith(fixture.refuse(`${server.origin}${fixture.basePath}`))
      expect(await failureOf(run(provider, callFor(1)))).toMatchObject({
        code: 'content_policy',
        billed: fixture.refusalBilled ?? 'no',
      })
    })

    test.each(failures(fixture))(
      '$what: $code, billed: $billed',
      async ({ answer, code, billed, waitMs = null }) => {
        server.answerWith(() => answer)
        const error = await failureOf(provider.start(callFor(1)))
        expect(error).toMatchObject({ code, billed, retryAfterMs: waitMs })
        expect(error.message).not.toContain('sk-secret-key')
        expect(server.seen).toHaveLength(1)
      },
    )

    test('a refused connection costs nothing', async () => {
      const gone = await startFakeServer()
      await gone.close()
      const error = await failureOf(connect(gone).start(callFor(1)))
      expect(error).toMatchObject({ code: 'provider_down', billed: 'no' })
    })

    test('stopped before it was sent: nothing leaves, nothing is billed', async () => {
      stop.abort(new Error('shutting down'))
      const error = await failureOf(provider.start(callFor(1)))
      expect(error).toMatchObject({ code: 'provider_down', billed: 'no' })
      expect(server.seen).toHaveLength(0)
    })

    test('stopped while it hangs: the outcome is unknown', async () => {
      const arrived = server.arrival()
      const failed = failureOf(provider.start(callFor(1)))
      await arrived
      stop.abort(new Error('deadline'))
      expect(await failed).toMatchObject({ code: 'outcome_unknown', billed: 'unknown' })
    })

    test('a probe is free and tells a working key from a wrong one', async () => {
      server.answerWith(() => ({ status: 200, body: {} }))
      await provider.probe(stop.signal)
      server.answerWith(() => fixture.wrongKey)
      const error = await failureOf(provider.probe(stop.signal))
      expect(error.code).toBe('provider_auth')
      expect(server.seen.every((request) => request.method === 'GET')).toBe(true)
    })
  })
}

/** A call from start to end, asking as often as needed without waiting. */
export async function run(provider: ImageProvider, call: Call): Promise<Result> {
  const started = await provider.start(call)
  return started.kind === 'done' ? started.result : followed(provider, started.providerRef, call)
}

async function followed(provider: ImageProvider, providerRef: string, call: Call): Promise<Result> {
  for (;;) {
    const polled = await provider.poll?.(providerRef, call)
    if (!polled) throw new Error('an accepted call needs a poll')
    if (polled.kind === 'done') return polled.result
  }
}

export async function failureOf(promise: Promise<unknown>): Promise<ProviderError> {
  const outcome = await promise.then(
    () => null,
    (error: unknown) => error,
  )
  if (outcome instanceof ProviderError) return outcome
  throw new Error('expected a ProviderError', { cause: outcome })
}

/** Bytes that stand for pictures: an adapter hands them on and never looks inside. */
export function picturesOf(n: number): Buffer[] {
  return Array.from({ length: n }, (_, index) => Buffer.from(`\u0089PNG picture ${index}\u0000`, 'latin1'))
}
