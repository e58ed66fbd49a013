import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'

const folder = join(import.meta.dirname, '../migrations')

/** Any number that nobody else locks; "halftone" cut to 63 bits. */
const migrationLock = '7521962890172589927'

export interface Migration {
  name: string
  text: string
}

export async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_.*\.sql$/.test(name)).sort()
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8') })))
}

/** Brings the schema up to date: all missing files in one transaction. Several may call it at once. Answers what it applied. */
export async function migrate(url: string): Promise<string[]> {
  const sql = postgres(url, {
    max: 1,
    onnotice: () => {},
    connection: { application_name: 'halftone-migrate' },
  })
  try {
    const migrations = await readMigrations()
    // one connection, so plain statements share a transaction; closing it without COMMIT undoes all
    await sql`begin`
    await sql`select pg_advisory_xact_lock(${migrationLock}::bigint)`
    await sql`create table if not exists schema_migrations (
      name text primary key, applied_at timestamptz not null default now())`
    const done = await sql<{ name: string }[]>`select name from schema_migrations`
    const missing = migrations.filter(({ name }) => !done.some((row) => row.name === name))
    for (const { name, text } of missing) {
      await sql.unsafe(text)
      await sql`insert into schema_migrations (name) values (${name})`
    }
    await sql`commit`
    return missing.map(({ name }) => name)
  } finally {
    await sql.end({ timeout: 5 })
  }
}
