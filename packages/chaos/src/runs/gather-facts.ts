import { join } from 'node:path'
import { bulkAcceptedSchema } from '@halftone/contracts'
import { balanceFaults } from '@halftone/ledger/testing/balance-faults'
import type { Struck } from '../faults/fault.ts'
import type { SimulatorControl } from '../faults/simulator-control.ts'
import type { Facts, JobFact, PromiseFact } from '../invariants/facts.ts'
import type { Posted } from './post-load.ts'
import { readDatabase, type Sql } from './read-database.ts'
import { badPictures } from './read-pictures.ts'

export interface Sources {
  sql: Sql
  dir: string
  simulator: SimulatorControl
  posted: readonly Posted[]
  deliveries: Facts['deliveries']
  leaks: string[]
  priceChanges: Facts['priceChanges']
  samples: Facts['samples']
  trace: readonly Struck[]
}

/** Everything that the invariants are judged by, read once. */
export async function gatherFacts(sources: Sources): Promise<Facts> {
  const { sql, dir, simulator, posted, trace, deliveries, leaks, priceChanges, samples } = sources
  const stored = await readDatabase(sql)
  const books = await simulator.books()
  const faults = await balanceFaults(sql)
  return {
    ...stored,
    payments: books.entries.map(({ attempt_id, provider, model, nano, at }) => ({
      attemptId: attempt_id,
      provider,
      model,
      nano: BigInt(nano),
      at: Date.parse(at),
    })),
    promises: posted.map((post) => promiseOf(post, stored.jobs)),
    badPictures: await badPictures(
      join(dir, 'artifacts'),
      stored.jobs.flatMap(({ pictures }) => pictures),
    ),
    balanceFaults: Object.entries(faults).map(
      ([rule, ids]) => `not so: ${rule} (${ids.slice(0, 3).join(', ')})`,
    ),
    unknownMax: trace.reduce((sum, struck) => sum + (struck.met ? struck.unknownMax : 0), 0),
    deliveries,
    leaks,
    priceChanges,
    samples,
  }
}

function promiseOf({ key, path, answers }: Posted, jobs: readonly JobFact[]): PromiseFact {
  const accepted = answers.filter(({ status }) => status === 202).map(({ text }) => text)
  const first = accepted[0]
  if (path === '/v1/jobs')
    return { key, accepted, stored: jobs.filter(({ name }) => name === key).length, promised: 1 }
  const bulk = first === undefined ? null : bulkAcceptedSchema.parse(JSON.parse(first))
  // under one key there is one bulk: jobs of any other bulk would be too many
  const stored = jobs.filter(({ bulkId }) => bulkId !== null).length
  return { key, accepted, stored, promised: bulk?.accepted ?? 0 }
}
