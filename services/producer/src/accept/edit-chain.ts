import { AppError, type JobBody, type Nano, parseUsd } from '@halftone/contracts'
import type { ChainLink, ChainTotals, JobReader, WholeJob } from '@halftone/ledger'

/** A job's place among edits of edits, and what its chain has cost before it. */
export interface EditChain {
  link: ChainLink
  before: ChainTotals
}

const nothing: ChainTotals = { jobs: 0, spent: 0n, held: 0n, fresh: 0n }

/**
 * Finds the job that a body goes on with; null if it names none. Throws `not_found` for those of others, and
 * `impossible` for one that has no picture, or not yet.
 */
export async function findParent(
  jobs: Pick<JobReader, 'job'>,
  projectId: string,
  id: string | undefined,
): Promise<WholeJob | null> {
  if (id === undefined) return null
  const parent = await jobs.job(projectId, id)
  if (!parent)
    throw new AppError('not_found', 'there is no such parent job', {
      field: '/parent_job_id',
      next: 'leave it out',
    })
  const { status } = parent.job
  if (status === 'succeeded') return parent
  const ended = status === 'failed' || status === 'canceled' || status === 'expired'
  throw new AppError('impossible', `the parent job is ${status}: there is no picture to go on with`, {
    field: '/parent_job_id',
    limit: 'succeeded',
    next: ended ? 'name a job that succeeded' : 'wait until it has ended, by GET /v1/jobs/:id?wait=60',
  })
}

/** What is edited when the body does not say: the parent's picture, its first one if there are several. */
export function withParentPicture(body: JobBody, parent: WholeJob | null): JobBody {
  const picture = parent?.job.images[0]
  if (!picture || body.image !== undefined || body.operation === 'generate') return body
  return { ...body, image: picture.fileId }
}

/** The chain that a job with this id goes on with, or begins by limiting it; null for one that stands alone. */
export function chainOf(id: string, body: JobBody, parent: WholeJob | null): EditChain | null {
  const own = body.budget?.max_chain_usd
  const limit = own === undefined ? (parent?.job.chain?.limit ?? null) : parseUsd(own)
  if (!parent)
    return limit === null ? null : { link: { parentId: null, rootId: id, depth: 0, limit }, before: nothing }
  const { job, chain } = parent
  const alone = { jobs: 1, spent: job.cost ?? 0n, held: job.hold, fresh: job.fresh ?? job.cost ?? 0n }
  return {
    link: {
      parentId: job.id,
      rootId: job.chain?.rootId ?? job.id,
      depth: (job.chain?.depth ?? 0) + 1,
      limit,
    },
    before: chain ?? alone,
  }
}

/** What the chain's limit leaves for one job more; null: it has none. */
export function leftOf({ link, before }: EditChain): Nano | null {
  if (link.limit === null) return null
  const left = link.limit - before.spent - before.held
  return left > 0n ? left : 0n
}
