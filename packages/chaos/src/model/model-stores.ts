import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '@halftone/contracts'
import { createLedger } from '@halftone/ledger'
import { createTestDatabase } from '@halftone/ledger/testing'
import { balanceFaults } from '@halftone/ledger/testing/balance-faults'
import { startPostgres } from '@halftone/local'
import postgres from 'postgres'
import { budgetsBroken, installAudit } from './audit.ts'
import type { Real } from './perform.ts'

export interface ModelStores {
  newProject(limit: bigint | null): Promise<Real>
  /** What the books of all projects say wrongly. */
  faults(): Promise<string[]>
  close(): Promise<void>
}

/** One database for all cases, each in a project of its own; in a Postgres of its own if none is given. */
export async function openModelStores(url: string | undefined): Promise<ModelStores> {
  const server = url === undefined ? await startServer() : { url, stop: async () => {} }
  const database = await createTestDatabase(server.url)
  const open = (name: string) => createLedger({ url: database.url, name, maxConnections: 4 })
  const ledger = open('everybody')
  const workers = new Map(['worker-1', 'worker-2', 'worker-3'].map((name) => [name, open(name)]))
  const sql = postgres(database.url, { max: 6, types: { bigint: postgres.BigInt }, onnotice: () => {} })
  await installAudit(sql)
  const planId = newId('plan')
  await sql`insert into plans (id, digest, body) values (${planId}, '\\x00', '{}')`
  return {
    async newProject(limit) {
      const projectId = newId('project')
      await sql`
        insert into projects (id, name, webhook_secret, budget_nano) values (${projectId}, ${projectId}, '', ${limit})`
      return { ledger, workers, sql, projectId, planId }
    },
    async faults() {
      const broken = await budgetsBroken(sql)
      // lowered under way, they say nothing now; the audit looked at each commit with the limit of then
      await sql`update projects set budget_nano = null`
      const faults = Object.entries(await balanceFaults(sql)).map(
        ([rule, ids]) => `"${rule}" does not hold for ${ids.length}, as ${ids[0]}`,
      )
      if (broken.length > 0) faults.push(`I7: ${broken.length} budgets were broken, first ${broken[0]}`)
      return faults
    },
    async close() {
      await Promise.all([ledger.stop(), ...[...workers.values()].map((worker) => worker.stop()), sql.end()])
      await database.drop()
      await server.stop()
    },
  }
}

async function startServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'halftone-model-'))
  const server = await startPostgres({ dir: join(dir, 'postgres'), durable: false })
  return {
    url: server.url,
    async stop() {
      await server.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
