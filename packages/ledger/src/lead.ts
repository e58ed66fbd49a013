import postgres from 'postgres'
import { isConnectionLost, unavailable } from './failures.ts'
import type { Recovery } from './ledger.ts'

type Leadership = NonNullable<Awaited<ReturnType<Recovery['lead']>>>

export interface LeadOptions {
  url: string
  name: string
  beatMs?: number
  /** Postgres ends our session, and with it the lock, when no beat came for so long: a frozen leader is deposed. */
  sessionTimeoutMs?: number
}

/**
 * A session-level advisory lock on a connection of its own. `alive` is judged by our own clock against a shorter
 * time than Postgres', so that a leader that wakes from a freeze knows at once that it is none any more.
 */
export async function lead(options: LeadOptions): Promise<Leadership | null> {
  const { url, name, beatMs = 2_000, sessionTimeoutMs = 10_000 } = options
  let lost = false
  const sql = postgres(url, {
    max: 1,
    connect_timeout: 5,
    onnotice: () => {},
    onclose: () => {
      lost = true
    },
    connection: { application_name: `halftone-lead-${name}`, idle_session_timeout: sessionTimeoutMs },
  })
  const close = () => sql.end({ timeout: 1 }).catch(() => {})

  // closing rejects the question, when something accepts connections and closes them again for ever
  const impatience = setTimeout(close, sessionTimeoutMs)
  let lastBeat = performance.now()
  try {
    const [row] = await sql<{ taken: boolean }[]>`
      select pg_try_advisory_lock(hashtextextended(${`halftone ${name}`}, 0)) as taken`
    if (!row?.taken) {
      await close()
      return null
    }
  } catch (error) {
    await close()
    throw isConnectionLost(error) ? unavailable(error) : error
  } finally {
    clearTimeout(impatience)
  }

  const timer = setInterval(async () => {
    if (lost) return clearInterval(timer)
    const start = performance.now()
    try {
      await sql`select 1`
      lastBeat = start
    } catch {
      lost = true
    }
  }, beatMs)
  timer.unref()

  return {
    alive: () => !lost && performance.now() - lastBeat < sessionTimeoutMs * 0.8,
    async release() {
      lost = true
      clearInterval(timer)
      await close()
    },
  }
}
