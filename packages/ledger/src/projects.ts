import { createHash, randomBytes } from 'node:crypto'
import { AppError, type Nano, newId } from '@halftone/contracts'
import type { Database } from './database.ts'
import type { Projects } from './ledger.ts'

export function createProjects(database: Database): Projects {
  return {
    async createKey(project) {
      const key = `hlf_${randomBytes(32).toString('base64url')}`
      return { key, ...(await addKey(database, project, key)) }
    },
    async ensureKey(project, key) {
      const { projectId } = await addKey(database, project, key)
      return { projectId }
    },
    async findKey(key) {
      const [row] = await database.run(
        (sql) => sql<{ keyId: string; projectId: string }[]>`
        select id as "keyId", project_id as "projectId" from api_keys
        where hash = ${hashOf(key)} and revoked_at is null`,
      )
      return row ?? null
    },
    async webhookSecret(projectId) {
      const [row] = await database.run(
        (sql) => sql<{ secret: string }[]>`
        select webhook_secret as secret from projects where id = ${projectId}`,
      )
      return found(row).secret
    },
    async setBudget(projectId, limit) {
      const rows = await database.run(
        (sql) => sql`update projects set budget_nano = ${limit} where id = ${projectId} returning id`,
      )
      found(rows[0])
    },
    async budget(projectId) {
      const [row] = await database.run(
        (sql) => sql<{ limit: Nano | null; held: Nano; spent: Nano }[]>`
        select budget_nano as limit, held_nano as held, spent_nano as spent from projects where id = ${projectId}`,
      )
      return found(row)
    },
  }
}

function addKey(
  database: Database,
  project: string,
  key: string,
): Promise<{ id: string; projectId: string }> {
  return database.transact(async (tx) => {
    await tx`
      insert into projects (id, name, webhook_secret)
      values (${newId('project')}, ${project}, ${`whsec_${randomBytes(32).toString('base64')}`})
      on conflict (name) do nothing`
    await tx`
      insert into api_keys (id, project_id, hash)
      select ${newId('key')}, id, ${hashOf(key)} from projects where name = ${project}
      on conflict (hash) do nothing`
    const [row] = await tx<{ id: string; projectId: string }[]>`
      select id, project_id as "projectId" from api_keys where hash = ${hashOf(key)}`
    return found(row)
  })
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

function found<T>(row: T | undefined): T {
  if (row === undefined) throw new AppError('not_found', 'there is no such project')
  return row
}
