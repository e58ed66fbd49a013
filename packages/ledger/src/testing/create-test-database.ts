import { createHash, randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { migrate, readMigrations } from '../migrate.ts'

export interface TestDatabase {
  url: string
  drop(): Promise<void>
}

/** A migrated database of one's own, cloned from a template that the first caller makes. */
export async function createTestDatabase(adminUrl: string): Promise<TestDatabase> {
  const admin = postgres(adminUrl, { max: 1, onnotice: () => {} })
  try {
    const template = await templateOf(admin, adminUrl)
    const name = `halftone_test_${randomBytes(6).toString('hex')}`
    await admin.unsafe(`create database ${name} template ${template}`)
    return { url: urlOf(adminUrl, name), drop: () => drop(adminUrl, name) }
  } finally {
    await admin.end({ timeout: 5 })
  }
}

/** Named by what the migrations say, so that an edited schema never meets an old template. */
async function templateOf(admin: postgres.Sql, adminUrl: string): Promise<string> {
  const text = (await readMigrations()).map((migration) => migration.text).join('\n')
  const name = `halftone_template_${createHash('sha256').update(text).digest('hex').slice(0, 12)}`
  await admin`select pg_advisory_lock(hashtext(${name}))`
  const [made] = await admin`select 1 from pg_database where datname = ${name}`
  if (!made) {
    const draft = `${name}_draft`
    await admin.unsafe(`drop database if exists ${draft} with (force)`)
    await admin.unsafe(`create database ${draft}`)
    await migrate(urlOf(adminUrl, draft))
    await admin.unsafe(`alter database ${draft} rename to ${name}`)
  }
  await admin`select pg_advisory_unlock(hashtext(${name}))`
  return name
}

async function drop(adminUrl: string, name: string): Promise<void> {
  const admin = postgres(adminUrl, { max: 1, onnotice: () => {} })
  await admin.unsafe(`drop database if exists ${name} with (force)`)
  await admin.end({ timeout: 5 })
}

function urlOf(adminUrl: string, name: string): string {
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  return url.href
}
