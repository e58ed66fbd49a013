import postgres from 'postgres'
import { expect, inject, test } from 'vitest'
import { migrate, readMigrations } from './migrate.ts'
import { createTestDatabase } from './testing/create-test-database.ts'
import { openLedger } from './testing/open-ledger.ts'

const opened = openLedger()

test('a key is known by its hash alone, and opens its own project', async () => {
  const { ledger, sql } = opened
  const first = await ledger.projects.createKey('acme')
  const second = await ledger.projects.createKey('acme')
  expect(second.projectId).toBe(first.projectId)
  expect(second.key).not.toBe(first.key)
  expect(await ledger.projects.findKey(first.key)).toEqual({ keyId: first.id, projectId: first.projectId })
  expect(await ledger.projects.findKey(`${first.key}x`)).toBeNull()
  const rows = JSON.stringify(await sql`select * from api_keys`)
  expect(rows).not.toContain(first.key)
  await sql`update api_keys set revoked_at = now() where id = ${first.id}`
  expect(await ledger.projects.findKey(first.key)).toBeNull()
})

test('the key of a local stack stays the same over restarts', async () => {
  const { projects } = opened.ledger
  const made = await Promise.all([1, 2, 3].map(() => projects.ensureKey('local', 'hlf_local')))
  expect(new Set(made.map(({ projectId }) => projectId)).size).toBe(1)
  expect(await projects.findKey('hlf_local')).toMatchObject({ projectId: made[0]?.projectId })
  expect(await projects.webhookSecret(made[0]!.projectId)).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  await expect(projects.webhookSecret('prj_none')).rejects.toMatchObject({ code: 'not_found' })
})

test('migrations may be asked for by several at once and are applied once', async () => {
  const database = await createTestDatabase(inject('postgresUrl'))
  const sql = postgres(database.url, { max: 1, onnotice: () => {} })
  await sql`drop schema public cascade`
  await sql`create schema public`
  const applied = await Promise.all([1, 2, 3].map(() => migrate(database.url)))
  expect(applied.flat()).toEqual((await readMigrations()).map(({ name }) => name))
  await sql.end()
  await database.drop()
})
