import type { ArtifactStore } from '@halftone/artifacts'
import type { Clock, JobAnswer, JobBody, Nano } from '@halftone/contracts'
import type { ChainTotals, Idempotency, JobRow, Ledger, NewJob } from '@halftone/ledger'
import { jobAnswer } from '../answers/job-answer.ts'
import type { AnswerLinks } from '../answers/links.ts'
import type { ExpressLane } from '../express-lane.ts'
import type { Stored } from '../idempotency.ts'
import type { TicketRelay } from '../relay-tickets.ts'
import { bindQuote } from './bind-quote.ts'
import type { FetchPicture } from './fetch-picture.ts'
import { type PrepareParts, prepareJob } from './prepare-job.ts'
import type { Attached } from './read-source.ts'
import { createInputResolver } from './resolve-inputs.ts'
import { storeUploads, type UploadStores } from './store-uploads.ts'

export interface AcceptParts extends PrepareParts {
  ledger: Pick<Ledger, 'accept' | 'files' | 'quotes'>
  store: ArtifactStore
  /** For pictures named by URL. */
  fetchPicture: FetchPicture
  /** Base of links to this API, without trailing slash. */
  publicUrl: string
  relay: TicketRelay
  links: AnswerLinks
  clock: Clock
  /** The most that the operator pays for one job beyond its quote. */
  overrunMax: Nano
}

/**
 * Commits one job with its hold, then asks for it to be worked on. Answers 202 and the job as it is now. `attached`:
 * pictures that came beside the body. `express`: somebody waits for it.
 */
export async function acceptJob(
  parts: AcceptParts,
  projectId: string,
  body: JobBody,
  idempotency: Idempotency | null,
  extra: { attached?: Attached; express?: ExpressLane } = {},
): Promise<Stored> {
  const { ledger, store } = parts
  const now = parts.clock()
  const { attached, express } = extra
  const resolver = createInputResolver({
    ...parts,
    projectId,
    files: ledger.files,
    dataUris: true,
    attached,
  })
  const quote =
    body.quote_id === undefined
      ? null
      : await bindQuote(ledger.quotes, {
          projectId,
          id: body.quote_id,
          kind: 'job',
          overrunMax: parts.overrunMax,
        })
  const { job, chain, uploads, read } = await prepareJob(parts, body, { projectId, resolver, now, quote })
  const answer = jobAnswer(
    {
      job: newJobRow(projectId, job, new Date(now)),
      attempts: [],
      plan: null,
      chain: chain && withJob(chain.before, job),
    },
    parts.links,
  )
  await storeUploads({ store, files: ledger.files } satisfies UploadStores, uploads)
  const accepted = await ledger.accept.job({
    projectId,
    job,
    idempotency: idempotency && { ...idempotency, status: 202, answer: answer satisfies JobAnswer },
  })
  if (accepted.kind === 'replayed') return { status: accepted.status, answer: accepted.answer }
  if (express) void express.ride(job, read)
  else parts.relay.job(job.id)
  return { status: 202, answer }
}

function withJob(before: ChainTotals, { hold }: NewJob): ChainTotals {
  return { ...before, jobs: before.jobs + 1, held: before.held + hold }
}

/** The row as it is right after the commit. */
function newJobRow(projectId: string, job: NewJob, createdAt: Date): JobRow {
  return {
    ...job,
    chain: job.chain ?? null,
    fresh: job.fresh ?? null,
    projectId,
    bulkId: null,
    bulkIndex: null,
    status: 'queued',
    tag: null,
    pool: null,
    planId: null,
    generation: 0,
    avoid: [],
    cost: null,
    provider: null,
    model: null,
    latencyMissed: false,
    images: [],
    error: null,
    sequence: 0,
    createdAt,
    finishedAt: null,
  }
}
