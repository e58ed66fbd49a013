import { migrate } from './migrate.ts'

// For deployments: brings the schema of DATABASE_URL up to date, then ends. Safe to run from several places at once.

const url = process.env.DATABASE_URL
if (!url) {
  console.error('DATABASE_URL is not set: give the Postgres that should be brought up to date')
  process.exit(1)
}
const applied = await migrate(url)
console.log(applied.length === 0 ? 'the schema is up to date' : `applied ${applied.join(', ')}`)
process.exit(0)
