import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseUsd } from '@halftone/contracts'
import { onVanished, packageRunners, type Stack, startStack, writeRunFile } from '@halftone/local'
import { createApi } from './api.ts'
import { uploadBrandPictures } from './brand-pictures.ts'
import { writeContactSheet } from './contact-sheet.ts'
import { createLogFile } from './log-file.ts'
import { parseOptions, usage } from './options.ts'
import { patientEnv, patientTerms, troubleLots, writePatientSchedule } from './patient-schedule.ts'
import { printReport } from './print-report.ts'
import { runSchedule } from './run-schedule.ts'
import { readSchedule, writeSchedule } from './schedule.ts'
import { type Books, type Report, tally } from './tally.ts'
import { createTrouble } from './trouble.ts'
import { receiveWebhooks } from './webhook-receiver.ts'

// `demo`: the whole system for a few minutes in a temporary folder, with a schedule, trouble and a bill.

if (process.argv.includes('--help')) {
  console.log(usage)
  process.exit(0)
}
const started = Date.now()
let options: ReturnType<typeof parseOptions>
try {
  options = parseOptions(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd())
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`)
  process.exit(2)
}
const catalogue = process.env.HALFTONE_CATALOGUE === 'reference' ? 'reference' : 'current'
const dir = await mkdtemp(join(tmpdir(), 'halftone-demo-'))
const log = createLogFile(join(dir, 'services.log'), options.verbose)

let stack: Stack | undefined
let stopping: Promise<void> | undefined
const stop = () => {
  stopping ??= (async () => {
    await stack?.stop()
    await log.close()
  })()
  return stopping
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, async () => {
    if (stopping) process.exit(130)
    await stop()
    await rm(dir, { recursive: true, force: true })
    process.exit(130)
  })
onVanished(packageRunners(), async () => {
  await stop()
  process.exit(1)
})

try {
  const report = await run()
  await stop()
  for (const part of ['postgres', 'redis', 'artifacts', 'secrets.json', 'run.json', 'simulator-books.jsonl'])
    await rm(join(dir, part), { recursive: true, force: true })
  const { jobs, webhooks, books } = report
  const ended = jobs.succeeded + jobs.failed + jobs.expired + jobs.canceled === jobs.submitted
  const good = ended && webhooks.expected === webhooks.verified && books.equal
  if (!good) console.error(`something is not right; what the services said is in ${log.path}`)
  process.exit(good ? 0 : 1)
} catch (error) {
  console.error(
    `\nthe demo failed: ${error instanceof Error ? error.message : error}\nwhat the services said is in ${log.path}`,
  )
  await stop()
  process.exit(1)
}

async function run(): Promise<Report> {
  const custom = options.file ? await readSchedule(options.file) : null
  if (custom?.ignored.length)
    console.log(
      `fields of ${options.file} that are no part of a job are left out: ${custom.ignored.join(', ')}`,
    )
  console.log(`starting the stack on this machine (${catalogue} catalogue)`)
  stack = await startStack({
    dir,
    port: 0,
    // the demo never buys anything real
    env: {
      ...process.env,
      ...(options.batch ? patientEnv(options.jobs) : {}),
      HALFTONE_SIMULATE: '1',
      DATABASE_URL: undefined,
      REDIS_URL: undefined,
    },
    say: (text) => console.log(`  ${text}`),
    onLine: log.write,
    onStep: (step) => console.log(`  ✓ ${step}`),
  })
  stack.broken.then(async (reason) => {
    console.error(`\nthe stack broke: ${reason}; what the services said is in ${log.path}`)
    await stop()
    process.exit(1)
  })
  if (!stack.simulator) throw new Error('the simulator did not start')
  await writeRunFile(dir, stack)
  const api = createApi(stack.api, stack.key)
  const receiver = await receiveWebhooks(stack.webhookSecret)
  const written = async (url: string, key: string) => {
    const pictures = options.batch && catalogue === 'current' ? [] : await uploadBrandPictures(url, key)
    return options.batch
      ? writePatientSchedule({
          ...options,
          catalogue,
          now: Date.now(),
          images: pictures.map(({ image }) => image),
        })
      : writeSchedule({ ...options, catalogue, pictures })
  }
  const jobs = custom?.jobs ?? (await written(stack.api, stack.key))
  console.log(`\nposting ${jobs.length} jobs in one bulk`)
  const trouble = options.calm || options.batch ? null : createTrouble(stack.simulator, api)
  if (options.batch && !options.calm)
    await troubleLots(stack.simulator, catalogue === 'current' ? 'openai' : 'deepseek')
  const { bulk, expectedWebhooks, rejected } = await runSchedule({
    api,
    jobs,
    receiver,
    trouble,
    quietMs: options.batch ? patientTerms(options.jobs).deadlineMs : undefined,
    onAccepted: (line) => console.log(`  ${line}`),
  })
  const priceChangesSeen = (await trouble?.priceChangesSeen()) ?? 0
  const seconds = Math.round((Date.now() - started) / 1000)
  const answers = await api.bulkJobs(bulk.id)
  const books = (await (await fetch(`${stack.simulator}/books`)).json()) as Books
  const report = tally({
    bulk,
    jobs: answers,
    books,
    unknownHeldNano: parseUsd(bulk.reserved_usd),
    webhooks: { expected: expectedWebhooks, verified: receiver.verified.size },
    priceChangesSeen,
    seconds,
    batch: options.batch,
  })
  const sheet = options.sheet ?? join(dir, 'contact-sheet.html')
  const prompts = jobs.filter((_, index) => !rejected.has(index)).map(({ prompt }) => prompt ?? '')
  await writeContactSheet(sheet, answers, prompts, report)
  await receiver.close()
  printReport(report, answers, sheet)
  if (options.json) await writeFile(options.json, JSON.stringify(report, null, 2))
  return report
}
