import { createHash } from 'node:crypto'
import { AppError, type JobBody, jobAnswerSchema } from '@halftone/contracts'
import type { WholeJob } from '@halftone/ledger'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { acceptJob } from '../accept/accept-job.ts'
import type { Attached } from '../accept/read-source.ts'
import { canonicalJson } from '../canonical-json.ts'
import { idempotencyKey } from '../idempotency.ts'
import type { ProducerParts } from '../parts.ts'
import { found } from '../routes/schemas.ts'
import { untilClosed } from '../routes/until-closed.ts'
import { imagesAnswer, jobHeaders, type ResponseFormat, responseFormat, type ShownImage } from './answer.ts'
import { noPictures } from './errors.ts'
import { usableModels } from './find-model.ts'
import { readBase64 } from './read-base64.ts'
import type { ImagesRequest } from './request.ts'
import { sendOpenAiError } from './send-error.ts'
import { streamImages } from './stream-images.ts'
import { toJob } from './to-job.ts'

/**
 * One call in OpenAI's words, from its request to its answer: the job is committed like any other, then waited for. A
 * call that is cut or lasts too long loses nothing: its job goes on, and the same Idempotency-Key finds it, as does the
 * repeat that OpenAI's own clients make of a cut call.
 */
export async function answerImages(
  parts: ProducerParts,
  asked: ImagesRequest,
  attached: Attached,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply> {
  const { projectId } = request
  const gone = untilClosed(reply)
  const usable = usableModels(parts.market.view().models, parts.configured, parts.clock())
  const job = toJob(asked, usable)
  parts.stores.mustBeThere()
  const text = `POST images ${asked.kind} ${canonicalJson(asked.body)}`
  const id = await accept(parts, request, job, { text, attached }).catch((error: unknown) => {
    throw asked.kind === 'json-edit' ? inJsonWords(error) : error
  })
  reply.header('x-halftone-job-id', id)
  const lost = () => parts.undelivered.remember(projectId, digest(text), id)
  if (asked.kind !== 'variation' && asked.body.stream)
    return streamImages(parts, { projectId, id, gone, reply, lost })

  const whole = found('job', await parts.waits.untilEnded(projectId, id, parts.syncTimeoutMs, gone))
  if (whole.job.finishedAt === null || gone.aborted) lost()
  // the pictures are still to be read and sent
  else gone.addEventListener('abort', () => reply.raw.writableFinished || lost())
  reply.headers(jobHeaders(whole))
  if (whole.job.status !== 'succeeded')
    return sendOpenAiError(reply, noPictures(whole.job, parts.syncTimeoutMs))
  const images = await showImages(parts, whole, responseFormat(asked))
  return reply
    .status(200)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(imagesAnswer(whole, images))
}

/** What a form calls `image`, the JSON body calls `images`. */
function inJsonWords(error: unknown): unknown {
  if (!(error instanceof AppError) || !error.detail.field?.startsWith('/image')) return error
  const field = error.detail.field.replace('/image', '/images')
  return new AppError(error.code, error.message, { ...error.detail, field })
}

interface Posted {
  /** Equal for equal requests. */
  text: string
  attached: Attached
}

/** The id of the committed job: a new one, unless this call repeats one. */
async function accept(
  parts: ProducerParts,
  { projectId, headers }: FastifyRequest,
  job: JobBody,
  { text, attached }: Posted,
): Promise<string> {
  const key = idempotencyKey(headers['idempotency-key'])
  const isRepeat = Number(headers['x-stainless-retry-count']) > 0
  const before = key === null && isRepeat ? parts.undelivered.take(projectId, digest(text)) : null
  if (before !== null) return before
  const stored = await parts.idempotency.once(
    { projectId, key },
    () => text,
    (idempotency) =>
      acceptJob(parts.accept, projectId, job, idempotency, { attached, express: parts.express }),
  )
  return jobAnswerSchema.parse(stored.answer).id
}

function showImages(parts: ProducerParts, { job }: WholeJob, as: ResponseFormat): Promise<ShownImage[]> {
  return Promise.all(
    job.images.map(async ({ fileId, sha256 }) =>
      as === 'url'
        ? { url: parts.accept.links.contentUrl(fileId) }
        : { b64_json: await readBase64(parts.store, sha256) },
    ),
  )
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}
