import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { loadCatalogue } from '@halftone/catalogue'
import { createHttp } from '@halftone/providers'
import { z } from 'zod'
import { checkAccounts } from './check-accounts.ts'

// What `halftone doctor` runs: only the worker opens keys, so the worker's own code asks. One JSON document on stdout.

const configSchema = z.object({
  HALFTONE_CATALOGUE: z.enum(['reference', 'current']).default('current'),
  HALFTONE_CATALOGUE_FILE: z.string().optional(),
})

const dotEnv = resolve(import.meta.dirname, '../../../..', '.env')
if (existsSync(dotEnv)) process.loadEnvFile(dotEnv)
const config = configSchema.parse(process.env)
const { providers } = await loadCatalogue(config.HALFTONE_CATALOGUE, config.HALFTONE_CATALOGUE_FILE)
const http = createHttp()
console.log(JSON.stringify(await checkAccounts(providers, process.env, http, () => performance.now())))
await http.close()
