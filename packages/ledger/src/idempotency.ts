import { AppError } from '@halftone/contracts'
import { asRows, type Sql } from './database.ts'
import type { Idempotency } from './ledger.ts'

export interface KeyedAnswer {
  projectId: string
  idempotency: Idempotency & { status: number; answer: unknown }
}

interface StoredAnswer {
  status: number
  answer: unknown
}

interface StoredRow extends StoredAnswer {
  project: string
  key: string
  hash: Buffer
}

/** For each call: the answer stored under its key, a refusal if the key was used with another body, or undefined. */
export async function findStoredAnswers(
  sql: Sql,
  calls: { projectId: string; idempotency: Idempotency | null }[],
): Promise<(StoredAnswer | AppError | undefined)[]> {
  const keys = calls.flatMap(({ projectId, idempotency }) =>
    idempotency ? [{ project: projectId, key: idempotency.key }] : [],
  )
  if (keys.length === 0) return calls.map(() => undefined)
  const rows = await sql<StoredRow[]>`
    select i.project_id as project, i.key, i.request_hash as hash, i.status, i.answer from idempotency i
    join json_to_recordset(${asRows(keys)}::text::json) as asked (project text, key text)
      on asked.project = i.project_id and asked.key = i.key`
  const stored = new Map(rows.map((row) => [`${row.project} ${row.key}`, row]))
  return calls.map(({ projectId, idempotency }) => {
    const row = idempotency && stored.get(`${projectId} ${idempotency.key}`)
    if (!row) return undefined
    return row.hash.equals(idempotency.requestHash) ? { status: row.status, answer: row.answer } : mismatch()
  })
}

function mismatch(): AppError {
  return new AppError('idempotency_mismatch', 'this idempotency key was used with another body', {
    next: 'repeat the first body, or use a new key',
  })
}

export async function keepAnswers(tx: Sql, calls: KeyedAnswer[]): Promise<void> {
  if (calls.length === 0) return
  const rows = calls.map(({ projectId, idempotency: { key, requestHash, status, answer } }) => ({
    project: projectId,
    key,
    hash: `\\x${requestHash.toString('hex')}`,
    status,
    answer,
  }))
  await tx`
    insert into idempotency (project_id, key, request_hash, status, answer)
    select project, key, hash, status, answer from json_to_recordset(${asRows(rows)}::text::json)
      as r (project text, key text, hash bytea, status int, answer jsonb)`
}
