import { readFileSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Stack } from './stack.ts'

/** `.halftone/run.json`: where a running stack is to be found. Doors that are not built yet are left out. */
export async function writeRunFile(dir: string, stack: Stack): Promise<void> {
  const { api, key, adminKey, webhookSecret, docs, redis, postgres } = stack
  const run = {
    api,
    key,
    adminKey,
    webhookSecret,
    docs,
    ...(stack.simulator ? { simulator: stack.simulator } : {}),
    redis,
    postgres,
    pid: process.pid,
    pids: stack.pids(),
  }
  // whole or not at all: others wait for this file
  const path = join(dir, 'run.json')
  await writeFile(`${path}.new`, JSON.stringify(run, null, 2), { mode: 0o600 })
  await rename(`${path}.new`, path)
}

export async function removeRunFile(dir: string): Promise<void> {
  await rm(join(dir, 'run.json'), { force: true })
}

/** The stack that already runs on this folder, if its process still lives. */
export function runningStack(dir: string): { pid: number; api: string } | null {
  try {
    const run = JSON.parse(readFileSync(join(dir, 'run.json'), 'utf8'))
    process.kill(run.pid, 0)
    return { pid: Number(run.pid), api: String(run.api) }
  } catch {
    return null
  }
}
