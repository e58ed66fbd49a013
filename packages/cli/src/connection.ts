import { Failure } from './failure.ts'
import { readRunFile } from './run-file.ts'

export interface Connection {
  /** Base URL without trailing slash. */
  api: string
  key: string
  adminKey: string | null
}

export const startCommand = 'npx -y pnpm@10.34.9 start'

/** Who to talk to: the command line, else the environment, else the stack that runs here. */
export async function findConnection(options: {
  api: string | undefined
  key: string | undefined
  env: NodeJS.ProcessEnv
  dir: string
}): Promise<Connection> {
  const api = options.api ?? options.env.HALFTONE_API
  const key = options.key ?? options.env.HALFTONE_KEY
  const adminKey = options.env.HALFTONE_ADMIN_KEY ?? null
  if (api && key) return { api: baseOf(api), key, adminKey }
  const run = await readRunFile(options.dir)
  // the key of the stack here is nobody else's business
  if (api && run && baseOf(api) !== run.api)
    throw new Failure('usage', `no key is known for ${baseOf(api)}`, {
      next: 'give --key or set HALFTONE_KEY',
    })
  if (!run)
    throw new Failure('unreachable', `no stack runs here (there is no run.json in ${options.dir})`, {
      next: `start one with "${startCommand}", or give --api and --key (or HALFTONE_API and HALFTONE_KEY)`,
    })
  return { api: run.api, key: key ?? run.key, adminKey: adminKey ?? run.adminKey ?? null }
}

function baseOf(url: string): string {
  if (!URL.canParse(url))
    throw new Failure('usage', `"${url}" is not a URL`, { next: 'give one like http://127.0.0.1:8080' })
  return url.replace(/\/+$/, '').replace(/\/v1$/, '')
}
