import { jobFailure } from './halftone-error.ts'
import {
  type EventsOptions,
  type HalftoneEvent,
  type JobEvent,
  jobEvents,
  projectEvents,
} from './job-events.ts'
import { randomKey } from './random-key.ts'
import { type SubmitManyOptions, type SubmittedBulk, submitMany } from './submit-many.ts'
import { type Call, createTransport, type Transport, type TransportOptions } from './transport.ts'
import { type WaitOptions, waitForJob } from './wait-for-job.ts'
import type {
  BulkAnswer,
  BulkInput,
  BulkQuoteAnswer,
  BulkRetried,
  FileAnswer,
  ImageAnswer,
  JobAnswer,
  JobInput,
  QuoteAnswer,
  UsageAnswer,
} from './wire.ts'

export type ClientOptions = TransportOptions

/** `file_…`, a data URI or an https URL; or the picture itself, which is uploaded first. */
export type ImageSource = string | Blob | Uint8Array<ArrayBuffer>
export type GenerateInput = Omit<JobInput, 'operation' | 'image' | 'mask' | 'mask_edits'>
export type EditInput = Omit<JobInput, 'operation' | 'image' | 'mask'> & {
  /** The first is edited, the others are references. */
  image: ImageSource | ImageSource[]
  mask?: ImageSource
}
export type VariationInput = Omit<EditInput, 'mask' | 'mask_edits' | 'mask_template'>

export interface CallOptions {
  signal?: AbortSignal
}
export interface SubmitOptions extends CallOptions {
  /** Your own name for this submission: whoever submits it again gets the first one's job. Left out: a random one. */
  idempotencyKey?: string
}
export interface RunOptions extends SubmitOptions, WaitOptions {}

export interface UsageOptions extends CallOptions {
  /** `provider`, `model`, `content_type`, `operation`, `status`, `bulk`, `day` or `metadata.<key>`; up to four. */
  groupBy?: readonly string[]
  /** Default: 30 days before `to`. */
  from?: Date
  /** Not included. Default: now. */
  to?: Date
}

/** A picture, and the way to its bytes. */
export interface Picture extends ImageAnswer {
  download(options?: CallOptions): Promise<Uint8Array<ArrayBuffer>>
}
export interface FinishedJob extends Omit<JobAnswer, 'images'> {
  images: Picture[]
}

/**
 * Halftone, from anywhere that has `fetch`. Whatever fails throws a `HalftoneError`; what was aborted throws the signal's reason.
 * A call is sent again only when that cannot buy twice.
 */
export class ImageGenerationClient {
  readonly #transport: Transport

  constructor(options: ClientOptions) {
    this.#transport = createTransport(options)
  }

  /** Submits and waits. Throws what the job ended with, if not with pictures. Aborted while it waits, it cancels the job. */
  async generate(job: GenerateInput, options: RunOptions = {}): Promise<FinishedJob> {
    return this.#run({ ...job, operation: 'generate' }, options)
  }

  /** As `generate`; pictures that are given as bytes are uploaded first. */
  async edit(job: EditInput, options: RunOptions = {}): Promise<FinishedJob> {
    const image = await this.#references(job.image, options)
    const mask = job.mask === undefined ? undefined : await this.#reference(job.mask, 'mask', options)
    return this.#run({ ...job, image, mask, operation: 'edit' }, options)
  }

  /** Other pictures like the first of `image`; a prompt is optional. */
  async vary(job: VariationInput, options: RunOptions = {}): Promise<FinishedJob> {
    return this.#run(
      { ...job, image: await this.#references(job.image, options), operation: 'variation' },
      options,
    )
  }

  /** What it would cost, from everybody. A job or bulk with the quote's id never costs more. */
  quote(job: JobInput & Expiry, options?: SubmitOptions): Promise<QuoteAnswer>
  quote(bulk: BulkInput & Expiry & { jobs: JobInput[] }, options?: SubmitOptions): Promise<BulkQuoteAnswer>
  quote(asked: object, options: SubmitOptions = {}): Promise<QuoteAnswer | BulkQuoteAnswer> {
    return this.#create('/v1/quotes', asked, options)
  }

  /** The job as it is committed: it will be done, whether anybody waits or not. */
  submit(job: JobInput, options: SubmitOptions = {}): Promise<JobAnswer> {
    return this.#create('/v1/jobs', job, options)
  }

  /**
   * Submits any number of jobs as bulks, and tells each bulk in order. The source is read only as fast as bulks are taken from
   * this iterator, so it may be longer than memory. Nothing is sent before the first is asked for.
   */
  submitMany(
    jobs: AsyncIterable<JobInput> | Iterable<JobInput>,
    options: SubmitManyOptions = {},
  ): AsyncGenerator<SubmittedBulk> {
    return submitMany(this.#transport, jobs, options)
  }

  job(id: string, { signal }: CallOptions = {}): Promise<JobAnswer> {
    return this.#get(`/v1/jobs/${encodeURIComponent(id)}`, signal)
  }

  /** The job once it has ended, however it ended. Throws `timeout`; the job goes on. */
  wait(id: string, options: WaitOptions = {}): Promise<JobAnswer> {
    return waitForJob(this.#transport, id, options)
  }

  /** A job that has ended stays as it is. */
  cancel(id: string, { signal }: CallOptions = {}): Promise<JobAnswer> {
    const path = `/v1/jobs/${encodeURIComponent(id)}/cancel`
    return this.#transport.json({ method: 'POST', path, repeatable: true, signal })
  }

  /** How the job is now, each change, and its end. */
  events(id: string, { signal }: CallOptions = {}): AsyncGenerator<JobEvent> {
    return jobEvents(this.#transport, id, signal)
  }

  /** All that happens in the project from now on, or from `lastEventId` on; nothing is missed. */
  projectEvents(options: EventsOptions = {}): AsyncGenerator<{ id: string | null; event: HalftoneEvent }> {
    return projectEvents(this.#transport, options)
  }

  bulk(id: string, { signal }: CallOptions = {}): Promise<BulkAnswer> {
    return this.#get(`/v1/bulk/${encodeURIComponent(id)}`, signal)
  }

  /** The jobs of a bulk in their order, a page at a time. */
  async *bulkJobs(
    id: string,
    { status, signal }: CallOptions & { status?: JobAnswer['status'] } = {},
  ): AsyncGenerator<JobAnswer> {
    const query = new URLSearchParams({ limit: '200', ...(status ? { status } : {}) })
    for (;;) {
      const path = `/v1/bulk/${encodeURIComponent(id)}/jobs?${query}`
      const page = await this.#get<{ data: JobAnswer[]; next_cursor: string | null }>(path, signal)
      yield* page.data
      if (page.next_cursor === null) return
      query.set('cursor', page.next_cursor)
    }
  }

  cancelBulk(id: string, options?: CallOptions): Promise<BulkAnswer> {
    return this.#tellBulk(id, 'cancel', options)
  }

  /** What waits goes on waiting, what runs is finished; deadlines still run. */
  pauseBulk(id: string, options?: CallOptions): Promise<BulkAnswer> {
    return this.#tellBulk(id, 'pause', options)
  }

  resumeBulk(id: string, options?: CallOptions): Promise<BulkAnswer> {
    return this.#tellBulk(id, 'resume', options)
  }

  /** Its failed jobs, bought once more as a bulk of their own. */
  retryFailed(id: string, options: SubmitOptions = {}): Promise<BulkRetried> {
    return this.#create(`/v1/bulk/${encodeURIComponent(id)}/retry-failed`, {}, options)
  }

  /** Where the money went, and what was saved. */
  usage({ groupBy = ['provider'], from, to, signal }: UsageOptions = {}): Promise<UsageAnswer> {
    const query = new URLSearchParams({
      group_by: groupBy.join(','),
      ...(from ? { from: from.toISOString() } : {}),
      ...(to ? { to: to.toISOString() } : {}),
    })
    return this.#get(`/v1/usage?${query}`, signal)
  }

  /** Checked to the last pixel; the id is good for `image` and `mask` of any job. Sent once: a cut upload throws `network`. */
  async upload(
    file: Blob | Uint8Array<ArrayBuffer>,
    options: CallOptions & { purpose?: 'image' | 'mask'; maskEdits?: JobInput['mask_edits'] } = {},
  ): Promise<FileAnswer> {
    const body = new FormData()
    body.set('purpose', options.purpose ?? 'image')
    if (options.maskEdits) body.set('mask_edits', options.maskEdits)
    body.set('file', file instanceof Blob ? file : new Blob([file]), 'file')
    return this.#transport.json({ method: 'POST', path: '/v1/files', body, signal: options.signal })
  }

  /** The bytes of a picture, whether its link is still good or not. */
  async download(
    image: Pick<ImageAnswer, 'file_id'>,
    { signal }: CallOptions = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    const path = `/v1/files/${encodeURIComponent(image.file_id)}/content`
    return new Uint8Array(await this.#transport.bytes({ method: 'GET', path, signal }))
  }

  async #run(job: JobInput, options: RunOptions): Promise<FinishedJob> {
    const { id } = await this.submit(job, options)
    const ended = await this.wait(id, options).catch((error: unknown) => {
      // nobody else knows its id
      if (options.signal?.aborted) this.cancel(id).catch(() => {})
      throw error
    })
    if (ended.status !== 'succeeded') throw jobFailure(ended)
    const images = ended.images.map((image) => ({
      ...image,
      download: (one?: CallOptions) => this.download(image, one),
    }))
    return { ...ended, images }
  }

  #references(sources: ImageSource | ImageSource[], options: CallOptions): Promise<string | string[]> {
    return Array.isArray(sources)
      ? Promise.all(sources.map((one) => this.#reference(one, 'image', options)))
      : this.#reference(sources, 'image', options)
  }

  async #reference(source: ImageSource, purpose: 'image' | 'mask', { signal }: CallOptions): Promise<string> {
    return typeof source === 'string' ? source : (await this.upload(source, { purpose, signal })).id
  }

  #tellBulk(
    id: string,
    verb: 'cancel' | 'pause' | 'resume',
    { signal }: CallOptions = {},
  ): Promise<BulkAnswer> {
    const path = `/v1/bulk/${encodeURIComponent(id)}/${verb}`
    return this.#transport.json({ method: 'POST', path, repeatable: true, signal })
  }

  #get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return this.#transport.json({ method: 'GET', path, signal })
  }

  #create<T>(
    path: string,
    body: object,
    { idempotencyKey = randomKey(), signal }: SubmitOptions,
  ): Promise<T> {
    const call: Call = { method: 'POST', path, body: JSON.stringify(body), idempotencyKey, signal }
    return this.#transport.json(call)
  }
}

interface Expiry {
  expires_in_seconds?: number
}
