import postgres from 'postgres'
import { afterAll, beforeAll, inject } from 'vitest'
import { createLedger } from '../create-ledger.ts'
import type { Sql } from '../database.ts'
import type { Ledger } from '../ledger.ts'
import { createTestDatabase } from './create-test-database.ts'

/** For the ledger's own tests: a ledger on a database of its own, and a look behind it. */
export function openLedger(): { url: string; ledger: Ledger; sql: Sql } {
  const opened: { url: string; ledger: Ledger; sql: Sql } = Object.create(null)
  let drop: () => Promise<void>
  beforeAll(async () => {
    const database = await createTestDatabase(inject('postgresUrl'))
    drop = database.drop
    opened.url = database.url
    opened.ledger = createLedger({ url: database.url, maxConnections: 6 })
    opened.sql = postgres(database.url, { max: 4, types: { bigint: postgres.BigInt }, onnotice: () => {} })
  })
  afterAll(async () => {
    await opened.ledger.stop()
    await opened.sql.end()
    await drop()
  })
  return opened
}
