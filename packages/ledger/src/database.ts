import { setTimeout as wait } from 'node:timers/promises'
import { type CrashPoint, crashPoint } from '@halftone/contracts'
import postgres from 'postgres'
import { isConnectionLost, isPassing, unavailable } from './failures.ts'

export type Sql = postgres.Sql<{ bigint: bigint }>
type Connection = postgres.ReservedSql<{ bigint: bigint }>

export interface Database {
  /**
   * One transaction, run again after deadlocks, and after a COMMIT whose answer got lost: so `work` must find
   * what an earlier run of it committed and answer the same. Throws `unavailable` when Postgres is out of reach.
   */
  transact<T>(work: (tx: Sql) => Promise<T>, commit?: NamedCommit): Promise<T>
  /** Statements on one connection that each commit for themselves; tried once. */
  run<T>(work: (sql: Sql) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** A COMMIT that a check may strike while it is on its way. */
interface NamedCommit {
  point: CrashPoint
  ids: readonly string[]
}

export interface DatabaseOptions {
  url: string
  maxConnections: number
  /** Seen in `pg_stat_activity`. */
  name: string
  /** How long a caller waits for a connection, a free one or a new one. */
  patienceMs: number
}

const triesMax = 6
/** How long a lost COMMIT is looked for before the caller hears that nothing is known. */
const doubtMs = 4_000

class CommitLost extends Error {
  override readonly name = 'CommitLost'
  readonly code = 'CONNECTION_CLOSED'
}

export function connect(options: DatabaseOptions): Database {
  let pool = openPool(options)

  /**
   * postgres.js 3.4.9 leaves a connection that was cut while it was written to unusable for ever, so the
   * whole pool is replaced; transactions on its other connections still finish.
   */
  function replacePool(broken: Sql): void {
    if (broken !== pool) return
    pool = openPool(options)
    broken.end({ timeout: 15 }).catch(() => {})
  }

  async function repeat<T>(once: (connection: Connection) => Promise<T>): Promise<T> {
    let inDoubtUntil: number | undefined
    for (let tries = 1; ; tries++) {
      const used = pool
      try {
        return await once(await acquire(used, options.patienceMs))
      } catch (error) {
        if (isPassing(error) && tries < triesMax) {
          await wait(Math.random() * 10 * tries)
          continue
        }
        const commitLost = error instanceof CommitLost
        if (!commitLost && !isConnectionLost(error)) throw error
        replacePool(used)
        if (commitLost) inDoubtUntil ??= performance.now() + doubtMs
        if (inDoubtUntil === undefined || performance.now() > inDoubtUntil) throw unavailable(error)
        await wait(100)
      }
    }
  }

  return {
    transact: (work, commit) => repeat((connection) => transactOnce(connection, work, commit)),
    run: (work) => repeat((connection) => runOnce(connection, work)),
    close: () => pool.end({ timeout: 5 }),
  }
}

function openPool(options: DatabaseOptions): Sql {
  return postgres(options.url, {
    max: options.maxConnections,
    types: { bigint: postgres.BigInt },
    prepare: true,
    connect_timeout: 5,
    backoff: (failures: number) => Math.min(0.05 * 2 ** failures, 1),
    onnotice: () => {},
    connection: {
      application_name: options.name,
      TimeZone: 'UTC',
      idle_in_transaction_session_timeout: 10_000,
      statement_timeout: 60_000,
    },
  })
}

/** postgres.js tries for ever when something accepts the connection and closes it again, as a proxy does. */
async function acquire(pool: Sql, patienceMs: number): Promise<Connection> {
  const reserving = pool.reserve()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reserving.then((connection) => connection.release()).catch(() => {})
      reject(Object.assign(new Error('no connection in time'), { code: 'CONNECT_TIMEOUT' }))
    }, patienceMs)
  })
  try {
    return await Promise.race([reserving, late])
  } finally {
    clearTimeout(timer)
  }
}

async function runOnce<T>(connection: Connection, work: (sql: Sql) => Promise<T>): Promise<T> {
  try {
    const result = await work(connection)
    connection.release()
    return result
  } catch (error) {
    if (!isConnectionLost(error)) connection.release()
    throw error
  }
}

/**
 * Not `sql.begin`: when the connection is cut inside, it still sends a ROLLBACK to the closed socket, which
 * throws outside of any promise and ends the process (postgres.js 3.4.9). A cut connection is not released.
 */
function transactOnce<T>(
  connection: Connection,
  work: (tx: Sql) => Promise<T>,
  commit?: NamedCommit,
): Promise<T> {
  return runOnce(connection, async (tx) => {
    await tx`begin`
    let result: T
    try {
      result = await work(tx)
    } catch (error) {
      if (!isConnectionLost(error)) await tx`rollback`
      throw error
    }
    try {
      await commitOf(tx, commit)
    } catch (error) {
      throw isConnectionLost(error)
        ? new CommitLost('the answer to COMMIT got lost', { cause: error })
        : error
    }
    return result
  })
}

async function commitOf(tx: Sql, named: NamedCommit | undefined): Promise<void> {
  const committed = tx`commit`.execute()
  const struck = named && crashPoint(named.point, () => named.ids)
  if (struck) {
    committed.catch(() => {})
    await struck
  }
  await committed
}

/** Rows as one parameter for `json_to_recordset(${…}::text::json)`: one plan for any number of rows. */
export function asRows(rows: readonly object[]): string {
  return toJson(rows)
}

/** JSON with nano-dollars as strings, since a JSON number is not exact. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'bigint' ? member.toString() : member,
  )
}
