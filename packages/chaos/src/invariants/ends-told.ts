import { hasEnded } from '@halftone/contracts'
import type { Facts } from './facts.ts'

const late = 'image.job.resolved'

/** I9: each end has exactly one webhook id, which arrived at least once, and every signature was good. */
export function endsTold({ jobs, messages, deliveries }: Facts): string[] {
  const ends = Map.groupBy(
    messages.filter(({ jobId, type }) => jobId !== null && type !== late),
    ({ jobId }) => jobId,
  )
  const arrived = Map.groupBy(
    deliveries.filter(({ good }) => good),
    ({ id }) => id,
  )
  const written = new Map(messages.map(({ id, type }) => [id, type]))
  return [
    ...jobs
      .filter(({ webhook, status }) => webhook && hasEnded(status))
      .flatMap(({ id, status }) => {
        const own = ends.get(id) ?? []
        if (own.length !== 1) return [`job ${id} has ended, and ${own.length} webhooks tell it`]
        return own[0]?.type === `image.job.${status}` ? [] : [`job ${id} ${status}, told as ${own[0]?.type}`]
      }),
    ...messages
      .filter(({ id }) => !arrived.has(id))
      .map(({ id, type }) => `webhook ${id} (${type}) never came`),
    ...deliveries.filter(({ good }) => !good).map(({ id }) => `webhook ${id} came with a bad signature`),
    ...[...arrived]
      .filter(([id, list]) => list.some(({ type }) => type !== written.get(id)))
      .map(([id]) => `webhook ${id} came as something else than what was written`),
  ]
}
