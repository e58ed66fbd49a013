import { jobBodySchema, newId } from '@halftone/contracts'
import type { JobRow, Outbox, OutboxMessage } from '@halftone/ledger'

type Row = OutboxMessage & {
  dueAt: number
  state: 'waiting' | 'delivered' | 'exhausted'
  lastStatus: number | null
  lastError: string | null
}

/** An outbox in memory that behaves as the ledger's does: leases, tries, due times. */
export function createFakeOutbox(now: () => number): Outbox & {
  rows: Map<string, Row>
  add(message: Partial<OutboxMessage> & { url: string }): Row
  /** Resolves once the condition holds; looked at after every change. */
  until(condition: () => boolean): Promise<void>
} {
  const rows = new Map<string, Row>()
  const watchers = new Set<() => void>()
  const changed = () => {
    for (const watcher of watchers) watcher()
  }
  const waiting = () => [...rows.values()].filter((row) => row.state === 'waiting')
  const row = (id: string) => {
    const found = rows.get(id)
    if (!found) throw new Error(`no message ${id}`)
    return found
  }
  return {
    rows,
    add(message) {
      const job = jobRow()
      const made: Row = {
        id: newId('message'),
        projectId: job.projectId,
        type: 'image.job.succeeded',
        sequence: 1,
        tries: 0,
        createdAt: new Date(now()),
        job,
        bulk: null,
        data: null,
        endpoint: null,
        dueAt: now(),
        state: 'waiting',
        lastStatus: null,
        lastError: null,
        ...message,
      }
      rows.set(made.id, made)
      return made
    },
    until(condition) {
      return new Promise((resolve) => {
        const look = () => {
          if (!condition()) return
          watchers.delete(look)
          resolve()
        }
        watchers.add(look)
        look()
      })
    },
    async take(limit, leaseMs) {
      const due = waiting().filter((message) => message.dueAt <= now())
      const taken = due.slice(0, limit)
      for (const message of taken) message.dueAt = now() + leaseMs
      return taken.map((message) => ({ ...message }))
    },
    async delivered(results) {
      for (const { id, status } of results)
        Object.assign(row(id), { state: 'delivered', lastStatus: status, tries: row(id).tries + 1 })
      changed()
      return false
    },
    async failed(results) {
      for (const { id, status, error, retryInMs } of results)
        Object.assign(row(id), {
          state: retryInMs === null ? 'exhausted' : 'waiting',
          dueAt: now() + (retryInMs ?? 0),
          lastStatus: status,
          lastError: error,
          tries: row(id).tries + 1,
        })
      changed()
      return []
    },
    async nextDueMs() {
      const times = waiting().map((message) => message.dueAt - now())
      return times.length === 0 ? null : Math.max(0, Math.min(...times))
    },
  }
}

/** A job that ended well, with one picture. */
function jobRow(fields: Partial<JobRow> = {}): JobRow {
  return {
    id: newId('job'),
    projectId: newId('project'),
    bulkId: null,
    bulkIndex: null,
    status: 'succeeded',
    body: jobBodySchema.parse({ prompt: 'a secret idea', metadata: { post: 7 } }),
    inputs: { width: 1024, height: 1024, images: [], mask: null },
    tag: null,
    pool: 'openai',
    planId: null,
    generation: 1,
    avoid: [],
    hold: 0n,
    ceiling: null,
    quoted: 40_000_000n,
    baseline: null,
    chain: null,
    fresh: null,
    cost: 28_000_000n,
    provider: 'openai',
    model: 'gpt-image-2',
    latencyMissed: false,
    images: [
      { fileId: newId('file'), sha256: 'a'.repeat(64), width: 1024, height: 1024, format: 'png', bytes: 9 },
    ],
    error: null,
    webhookUrl: null,
    sequence: 1,
    deadline: new Date(0),
    runAt: new Date(0),
    createdAt: new Date(0),
    finishedAt: new Date(0),
    ...fields,
  }
}
