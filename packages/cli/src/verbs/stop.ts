import { setTimeout as delay } from 'node:timers/promises'
import { startCommand } from '../connection.ts'
import { Failure } from '../failure.ts'
import { readRunFile } from '../run-file.ts'
import { defineVerb, positionals } from '../verb.ts'

const stopMs = 30_000

export const stop = defineVerb({
  name: 'stop',
  summary: 'stops the stack that runs here; its data stays',
  usage: `halftone stop

Ends the stack that "${startCommand}" started here, and waits until it is gone.`,
  options: {},
  async run({ positionals: given }, { dir, show }) {
    positionals(given, [], 'stop')
    const run = await readRunFile(dir)
    if (!run) throw new Failure('unreachable', `no stack runs here (there is no run.json in ${dir})`)
    if (!lives(run.pid)) {
      const answer = { stopped: false, pid: run.pid }
      return show(answer, () => `the stack (process ${run.pid}) had already ended`)
    }
    // an old file may name a process number that is somebody else's by now
    const answers = await fetch(`${run.api}/health/live`, { signal: AbortSignal.timeout(5_000) }).catch(
      () => null,
    )
    if (!answers?.ok)
      throw new Failure('unreachable', `process ${run.pid} lives, but ${run.api} does not answer`, {
        next: `if that process is Halftone's, end it with: kill ${run.pid}`,
      })
    process.kill(run.pid, 'SIGTERM')
    for (const end = Date.now() + stopMs; lives(run.pid); await delay(100))
      if (Date.now() > end)
        throw new Failure('failed', `process ${run.pid} has not ended within ${stopMs / 1_000} s`, {
          next: `end it with: kill -9 ${run.pid}`,
        })
    show({ stopped: true, pid: run.pid }, () => `stopped ${run.api} (process ${run.pid}); its data stays`)
  },
})

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
