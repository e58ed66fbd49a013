import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Stack, startStack } from '@halftone/local'
import { Redis } from 'ioredis'
import postgres from 'postgres'
import { type Client, createClient } from '../runs/client.ts'
import { receiveWebhooks, type WebhookReceiver } from '../runs/webhook-receiver.ts'
import { type Crew, gatherCrew } from './crew.ts'

export const leaseMs = 2_000
const roomy = { requests_per_minute: 1_000_000, concurrent: 8 }
const lines = 40

/** A whole stack whose every process can be stopped at a point; used for many cases, one after the other. */
export interface PointsStack {
  stack: Stack
  crew: Crew
  client: Client
  receiver: WebhookReceiver
  sql: postgres.Sql<{ bigint: bigint }>
  redis: Redis
  /** For processes of ours that stand beside the stack's. */
  env: NodeJS.ProcessEnv
  /** The last that its parts said, for who looks for a reason. */
  lastLines(): string[]
  end(well: boolean): Promise<void>
}

export async function startPointsStack(
  name: string,
  env: NodeJS.ProcessEnv,
  extra: NodeJS.ProcessEnv = {},
): Promise<PointsStack> {
  const dir = await mkdtemp(join(tmpdir(), `halftone-points-${name}-`))
  const log = createWriteStream(join(dir, 'services.log'))
  const last: string[] = []
  const note = (line: string) => {
    log.write(`${line}\n`)
    last.push(line)
    if (last.length > lines) last.shift()
  }
  const socketPath = join(dir, 'crew.sock')
  const crew = await gatherCrew(socketPath)
  const attached = {
    NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'attach.ts')).href}`,
    HALFTONE_CHAOS_SOCKET: socketPath,
  }
  const limits = JSON.stringify({ openai: roomy, replicate: roomy, stability: roomy })
  let stack: Stack
  try {
    stack = await startStack({
      dir,
      port: 0,
      env: {
        PATH: env.PATH,
        HOME: env.HOME,
        NODE_COMPILE_CACHE: env.NODE_COMPILE_CACHE,
        ...attached,
        HALFTONE_CATALOGUE: 'reference',
        HALFTONE_SIMULATE: '1',
        HALFTONE_SIM_LATENCY: '0.02',
        HALFTONE_LEASE_MS: String(leaseMs),
        HALFTONE_FIND_MS: '2000',
        HALFTONE_LIMITS: limits,
        HALFTONE_LOG_LEVEL: 'warn',
        HALFTONE_WEBHOOK_SCHEDULE_MS: Array(40).fill(500).join(','),
        ...extra,
      },
      restartsMax: Number.POSITIVE_INFINITY,
      processes: { worker: 2 },
      say: note,
      onLine: note,
    })
  } catch (error) {
    await crew.close()
    throw error
  }
  const sql = postgres(stack.postgres, { max: 2, types: { bigint: postgres.BigInt }, onnotice: () => {} })
  const redis = new Redis(stack.redis)
  redis.on('error', () => {})
  const receiver = await receiveWebhooks({
    secrets: [stack.webhookSecret],
    troubled: () => false,
    onText: () => {},
  })
  return {
    stack,
    crew,
    client: createClient({ apis: [stack.api], onText: () => {} }),
    receiver,
    sql,
    redis,
    env: { PATH: env.PATH, ...attached, DATABASE_URL: stack.postgres },
    lastLines: () => [...last],
    async end(well) {
      redis.disconnect()
      await Promise.all([sql.end({ timeout: 1 }), receiver.close(), stack.stop()])
      await crew.close()
      await new Promise<void>((closed) => log.end(closed))
      if (well) await rm(dir, { recursive: true, force: true })
    },
  }
}
