import { asRows, type Database, type Sql, toJson } from './database.ts'
import type { BatchFileRow, ClientBatches, ClientBatchRow } from './ledger.ts'

export function createClientBatches(database: Database): ClientBatches {
  const one = async (read: (sql: Sql) => Promise<ClientBatchRow[]>) => (await database.run(read))[0] ?? null
  return {
    async addFile(file) {
      const rows = await database.run((sql) => insertFiles(sql, [file]))
      return rows[0]!
    },
    async findFile(projectId, id) {
      const rows = await database.run(
        (sql) => sql<BatchFileRow[]>`
        select ${fileColumns(sql)} from batch_files where id = ${id} and project_id = ${projectId}`,
      )
      return rows[0] ?? null
    },
    async listFiles(projectId, { after, limit, purpose, oldestFirst }) {
      const files = await database.run(
        (sql) => sql<BatchFileRow[]>`
        select ${fileColumns(sql)} from batch_files where project_id = ${projectId}
          ${purpose === undefined ? sql`` : sql`and purpose = ${purpose}`}
          ${after === undefined ? sql`` : oldestFirst ? sql`and id > ${after}` : sql`and id < ${after}`}
        order by id ${oldestFirst ? sql`asc` : sql`desc`} limit ${limit + 1}`,
      )
      return { files: files.slice(0, limit), more: files.length > limit }
    },
    async removeFile(projectId, id) {
      const rows = await database.run(
        (sql) => sql`delete from batch_files where id = ${id} and project_id = ${projectId} returning id`,
      )
      return rows.length > 0
    },
    async create(batch) {
      const rows = await database.run(
        (sql) => sql<ClientBatchRow[]>`
        insert into client_batches
          (id, project_id, endpoint, input_file_id, input_sha256, metadata, webhook, expires_at)
        values (${batch.id}, ${batch.projectId}, ${batch.endpoint}, ${batch.inputFileId}, ${batch.inputSha256},
          ${toJson(batch.metadata)}::text::jsonb, ${toJson(batch.webhook ?? null)}::text::jsonb, ${batch.expiresAt})
        returning ${batchColumns(sql)}`,
      )
      return rows[0]!
    },
    find: (projectId, id) =>
      one(
        (sql) => sql<ClientBatchRow[]>`
        select ${batchColumns(sql)} from client_batches where id = ${id} and project_id = ${projectId}`,
      ),
    async list(projectId, { after, limit }) {
      const batches = await database.run(
        (sql) => sql<ClientBatchRow[]>`
        select ${batchColumns(sql)} from client_batches where project_id = ${projectId}
          ${after === undefined ? sql`` : sql`and id < ${after}`}
        order by id desc limit ${limit + 1}`,
      )
      return { batches: batches.slice(0, limit), more: batches.length > limit }
    },
    takeUnread: (leaseMs, limit) =>
      database.run(
        (sql) => sql<ClientBatchRow[]>`
        with unread as (
          select id from client_batches where status = 'validating' and taken_until < now()
          order by created_at limit ${limit} for no key update skip locked)
        update client_batches b set taken_until = now() + ${leaseMs}::float8 * interval '1 millisecond'
        from unread where b.id = unread.id returning ${batchColumns(sql, 'b')}`,
      ),
    ended: (limit) =>
      database.run(
        (sql) => sql<ClientBatchRow[]>`
        select ${batchColumns(sql, 'b')} from client_batches b left join bulks on bulks.id = b.bulk_id
        where b.status = 'in_progress' and (b.bulk_id is null or bulks.finished_at is not null)
        order by b.created_at limit ${limit}`,
      ),
    async fail(id, errors) {
      await database.run(
        (sql) => sql`
        update client_batches set status = 'failed', errors = ${toJson(errors)}::text::jsonb, ended_at = now()
        where id = ${id} and status = 'validating'`,
      )
    },
    begin: (id, { bulkId, customIds, refused }) =>
      one(
        (sql) => sql<ClientBatchRow[]>`
        update client_batches set status = 'in_progress', bulk_id = ${bulkId}, begun_at = now(),
          custom_ids = ${toJson(customIds)}::text::jsonb, refused = ${toJson(refused)}::text::jsonb
        where id = ${id} and status = 'validating' returning ${batchColumns(sql)}`,
      ),
    askToCancel: (projectId, id) =>
      one(
        (sql) => sql<ClientBatchRow[]>`
        update client_batches set cancel_asked_at = coalesce(cancel_asked_at, now())
        where id = ${id} and project_id = ${projectId} and status in ('validating', 'in_progress')
        returning ${batchColumns(sql)}`,
      ),
    async end(id, { status, completed, failed, files, outputFileId, errorFileId }) {
      await database.transact(async (tx) => {
        const [row] = await tx`
          update client_batches set status = ${status}, completed = ${completed}, failed = ${failed},
            output_file_id = ${outputFileId}, error_file_id = ${errorFileId}, ended_at = now()
          where id = ${id} and status = 'in_progress' returning id`
        if (row && files.length > 0) await insertFiles(tx, files)
      })
    },
  }
}

function insertFiles(sql: Sql, files: Omit<BatchFileRow, 'createdAt'>[]) {
  return sql<BatchFileRow[]>`
    insert into batch_files (id, project_id, purpose, filename, bytes, sha256, batch_id)
    select id, "projectId", purpose, filename, bytes, sha256, "batchId"
    from json_to_recordset(${asRows(files)}::text::json)
      as r (id text, "projectId" text, purpose text, filename text, bytes bigint, sha256 text, "batchId" text)
    returning ${fileColumns(sql)}`
}

function fileColumns(sql: Sql) {
  return sql`id, project_id as "projectId", purpose, filename, bytes::float8 as bytes, sha256, batch_id as "batchId",
    created_at as "createdAt"`
}

const columns: Record<keyof ClientBatchRow, string> = {
  id: 'id',
  projectId: 'project_id',
  endpoint: 'endpoint',
  inputFileId: 'input_file_id',
  inputSha256: 'input_sha256',
  status: 'status',
  metadata: 'metadata',
  webhook: 'webhook',
  errors: 'errors',
  bulkId: 'bulk_id',
  customIds: 'custom_ids',
  refused: 'refused',
  cancelAskedAt: 'cancel_asked_at',
  outputFileId: 'output_file_id',
  errorFileId: 'error_file_id',
  completed: 'completed',
  failed: 'failed',
  createdAt: 'created_at',
  begunAt: 'begun_at',
  endedAt: 'ended_at',
  expiresAt: 'expires_at',
}

function batchColumns(sql: Sql, table = 'client_batches') {
  const named = Object.entries(columns).map(([name, column]) => `${table}.${column} as "${name}"`)
  return sql.unsafe(named.join(', '))
}
