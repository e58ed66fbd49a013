import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startPostgres } from '../postgres.ts'
import { startRedis } from '../redis.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A real Postgres: make a database of your own in it. */
    postgresUrl: string
    /** A real Redis: use a key prefix of your own in it. */
    redisUrl: string
  }
}

/** One real Postgres and one real Redis for the whole run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'halftone-test-'))
  const [postgres, redis] = await Promise.all([
    startPostgres({ dir: join(dir, 'postgres'), durable: false }),
    startRedis({ dir: join(dir, 'redis'), env: process.env, say: (text) => console.log(text) }),
  ])
  project.provide('postgresUrl', postgres.url)
  project.provide('redisUrl', redis.url)
  return async () => {
    await Promise.all([postgres.stop(), redis.stop()])
    await rm(dir, { recursive: true, force: true })
  }
}
