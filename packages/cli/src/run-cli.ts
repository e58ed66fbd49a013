import { exitCodes, Failure, usageFailure } from './failure.ts'
import type { Terminal, Verb } from './verb.ts'
import { commonUsage } from './verb.ts'
import { cancel, pause, reschedule, resume, retryFailed } from './verbs/bulk-controls.ts'
import { doctor } from './verbs/doctor.ts'
import { download } from './verbs/download.ts'
import { evaluate } from './verbs/evaluate.ts'
import { job } from './verbs/job.ts'
import { jobs } from './verbs/jobs.ts'
import { keys } from './verbs/keys.ts'
import { listen } from './verbs/listen.ts'
import { models } from './verbs/models.ts'
import { pools } from './verbs/pools.ts'
import { prices } from './verbs/prices.ts'
import { providers } from './verbs/providers.ts'
import { quote } from './verbs/quote.ts'
import { stop } from './verbs/stop.ts'
import { submit } from './verbs/submit.ts'
import { usage } from './verbs/usage.ts'
import { watch } from './verbs/watch.ts'
import { webhooks } from './verbs/webhooks.ts'

export const verbs: Verb[] = [
  ...[submit, watch, download, job, jobs],
  ...[pause, resume, reschedule, retryFailed, cancel],
  ...[prices, quote, models, usage, evaluate],
  ...[webhooks, listen],
  ...[providers, pools, keys, doctor, stop],
]

const overview = `halftone: what pictures cost, who makes them, and how your jobs are doing

${verbs.map(({ name, summary }) => `  ${name.padEnd(13)} ${summary}`).join('\n')}

"halftone VERB --help" says more of each. Everywhere:

${commonUsage}

It ends with 0 if all went well, 1 if it failed or a job has no picture, 2 if it was called wrongly or a file is wrong, 3 if
nobody answers, 130 if you stopped it.`

/** Runs one command and answers its exit code. */
export async function runCli(args: string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const asked = verbs.find((verb) => verb.name === rest[0])
    terminal.out(asked?.usage ?? overview)
    return name === undefined ? exitCodes.usage : 0
  }
  try {
    const verb = verbs.find((one) => one.name === name)
    if (!verb)
      throw usageFailure(
        `there is no verb "${name}"`,
        `use one of ${verbs.map((one) => one.name).join(', ')}`,
      )
    await verb.run(rest, terminal)
    return 0
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    terminal.err(error.next === null ? error.message : `${error.message}\n  ${error.next}`)
    return exitCodes[error.kind]
  }
}
