import { resolve } from 'node:path'
import {
  type BulkAccepted,
  bulkAcceptedSchema,
  bulkQuoteAnswerSchema,
  parseUsd,
  toUsd,
} from '@halftone/contracts'
import { dollars } from '@halftone/terminal'
import { type Api, readAnswer } from '../api.ts'
import { Failure, usageFailure } from '../failure.ts'
import { bulkOf, followBulks } from '../follow/follow-bulks.ts'
import { type CheckedSchedule, checkSchedule, type Fault } from '../schedule/check-schedule.ts'
import { deadlineFrom } from '../schedule/deadline.ts'
import { type ReceiptFile, receiptFile } from '../schedule/receipt.ts'
import { bulkFlags, createSubmission, type Submission } from '../schedule/submission.ts'
import { tryAgain } from '../try-again.ts'
import { defineVerb, positionals, type VerbContext } from '../verb.ts'
import { counted, localTime } from '../words.ts'
import { showOutcome } from './watch.ts'

export const submit = defineVerb({
  name: 'submit',
  summary: 'buy a whole schedule of pictures, once',
  usage: `halftone submit FILE.jsonl|FILE.csv [--budget USD] [--deadline WHEN] [--watch] …

FILE.jsonl holds one job a line, {"prompt": "…"}; its first line may be {"bulk": {"defaults": {…}}}. FILE.csv has a header
of job fields, those inside others with a dot: prompt,size,metadata.slug. Every line is looked at, and priced, before
anything is bought. The same file with the same flags is bought once: after Ctrl-C, or a lost connection, say the same
again, and it is taken up where it was.

  --budget USD        what all of it may cost, like 120 or 84.50
  --deadline WHEN     when it has to be done: 8h, 07:00 or 2027-03-01T07:00 (else 24 hours)
  --watch             a progress bar with spend, savings and time left, until all is done; 1 if a job has no picture
  --webhook TO        who is told: a URL, or the id of an endpoint (whe_…)
  --webhook-mode M    of what: bulk (its end alone), job or both
  --quote-id ID       hold it to the price of a quote
  --skip-bad          leave lines out that cannot be done, and buy the rest
  --dry-run           look and price, and buy nothing
  --run NAME          the same file under another name is bought anew: --run tuesday

A file of more than 50,000 jobs becomes several bulks, and each has its share of the budget.

  halftone submit posts.csv --budget 120 --deadline 07:00 --watch
  halftone submit posts.jsonl --json | jq -r '.bulks[].id'`,
  options: {
    ...bulkFlags,
    watch: { type: 'boolean' },
    'skip-bad': { type: 'boolean' },
    'dry-run': { type: 'boolean' },
  },
  async run({ values, positionals: given }, context) {
    const [file = ''] = positionals(given, ['FILE'], 'submit')
    const path = resolve(context.cwd, file)
    const checked = await checkSchedule(path)
    if (checked.faults.length > 0) refuse(context, checked.faults, checked, values['skip-bad'])
    const submission = createSubmission(path, checked, values)
    const api = await context.api()
    const receipts = receiptFile(context.dir, submission.key, api.url)
    const before = await stillThere(api, receipts)
    const typed = values.deadline ?? null
    const deadline =
      before?.deadline ?? (typed === null ? null : deadlineFrom(typed, context.now()).toISOString())
    const order: Order = {
      api,
      submission,
      checked,
      deadline,
      receipts,
      skipBad: values['skip-bad'] === true,
    }

    const known = before?.bulks ?? []
    if (known.length < submission.parts.length) await price(context, order)
    if (values['dry-run']) return
    const bulks = await buy(context, order, known)
    if (!values.watch) return show(context, order, bulks)
    const ids = bulks.map(({ id }) => id)
    if (known.length === bulks.length) context.err(`  bought before: ${ids.join(', ')}`)
    const ended = await followBulks(context, api, ids)
    await showOutcome(context, api, ended, { ...summary(bulks, checked), ended })
  },
})

interface Order {
  api: Api
  submission: Submission
  checked: CheckedSchedule
  deadline: string | null
  receipts: ReceiptFile
  skipBad: boolean
}

/** What was answered on an earlier run, if this server still knows it. */
async function stillThere(api: Api, receipts: ReceiptFile) {
  const receipt = await receipts.read()
  for (const { id } of receipt?.bulks ?? [])
    try {
      await bulkOf(api, id)
    } catch (error) {
      if (error instanceof Failure && error.status === 404) return null
      throw error
    }
  return receipt
}

/** Asks what it will cost. Nothing is bought; lines that nobody can do are told. */
async function price(context: VerbContext, order: Order): Promise<void> {
  const { api, submission, checked, deadline } = order
  let total = 0n
  let jobs = 0
  const faults: Fault[] = []
  const finish: string[] = []
  // a large body is not sent to somebody who does not know the key
  await api.get('/v1/jobs', { limit: '1' })
  for (const part of submission.parts) {
    const stream = { type: 'application/json', chunks: () => submission.quote(part, deadline) }
    const answer = await tryAgain(context, () => api.send('POST', '/v1/quotes', { stream }))
    const quote = readAnswer(bulkQuoteAnswerSchema, answer)
    total += parseUsd(quote.total_usd)
    jobs += quote.jobs
    if (quote.expected_finish) finish.push(quote.expected_finish)
    for (const { index, error } of quote.rejected) faults.push(faultAt(checked, part.from + index, error))
  }
  if (faults.length > 0) refuse(context, faults, checked, order.skipBad)
  const by = finish.toSorted().at(-1)
  context.err(
    `  ${counted(jobs, 'job')}, about ${dollars(toUsd(total))}${by ? `, done by ${localTime(by)}` : ''}`,
  )
}

/** Each part under a key of its own, made of what it asks for: said twice, it is bought once. */
async function buy(context: VerbContext, order: Order, known: BulkAccepted[]): Promise<BulkAccepted[]> {
  const { api, submission, deadline, receipts } = order
  const bulks = [...known]
  await receipts.write({ deadline, bulks })
  try {
    for (const part of submission.parts.slice(known.length)) {
      const stream = { type: 'application/x-ndjson', chunks: () => submission.ndjson(part, deadline) }
      const idempotencyKey = submission.idempotencyKey(part)
      const answer = await tryAgain(
        context,
        () => api.send('POST', '/v1/bulk', { stream, idempotencyKey }),
        (why) => context.err(`  ${why.message}: trying again`),
      )
      bulks.push(readAnswer(bulkAcceptedSchema, answer))
      await receipts.write({ deadline, bulks })
    }
  } catch (error) {
    if (!context.interrupted.aborted) throw error
    throw new Failure('interrupted', 'interrupted while it was being sent', {
      next: 'say the same again: what was taken is not bought twice',
    })
  }
  return bulks
}

function show(context: VerbContext, { checked }: Order, bulks: BulkAccepted[]): void {
  const answer = summary(bulks, checked)
  context.show(answer, () =>
    [
      `  ${counted(answer.accepted, 'job')} accepted, about ${dollars(answer.expected_usd)}, ${dollars(answer.reserved_usd)} held`,
      ...bulks.map(({ id }) => `  ${id}: "halftone watch ${id}" shows how far it is`),
    ].join('\n'),
  )
}

function summary(bulks: readonly BulkAccepted[], checked: CheckedSchedule) {
  const sum = (of: (bulk: BulkAccepted) => string) =>
    toUsd(bulks.reduce((all, bulk) => all + parseUsd(of(bulk)), 0n))
  return {
    accepted: bulks.reduce((all, { accepted }) => all + accepted, 0),
    expected_usd: sum((bulk) => bulk.expected_usd),
    reserved_usd: sum((bulk) => bulk.reserved_usd),
    rejected: [
      ...checked.faults,
      ...bulks.flatMap(({ rejected }, at) =>
        rejected.map(({ index, error }) => faultAt(checked, (checked.parts[at]?.from ?? 0) + index, error)),
      ),
    ],
    bulks: bulks.map(({ id, accepted, expected_finish }) => ({ id, accepted, expected_finish })),
  }
}

function faultAt({ lines }: CheckedSchedule, job: number, error: { message: string; next: string | null }) {
  return { line: lines[job] ?? 0, message: `${error.message}${error.next ? `: ${error.next}` : ''}` }
}

const faultsShown = 20

/** Names the lines; throws unless they shall be left out. */
function refuse(
  { err }: VerbContext,
  faults: readonly Fault[],
  { lines }: CheckedSchedule,
  skipBad: boolean | undefined,
): void {
  for (const { line, message } of faults.slice(0, faultsShown)) err(`  line ${line}: ${message}`)
  if (faults.length > faultsShown) err(`  and ${counted(faults.length - faultsShown, 'more line')}`)
  const found = `${counted(faults.length, 'line')} cannot be done`
  if (!skipBad)
    throw usageFailure(`${found}: nothing was bought`, 'correct them, or leave them out with --skip-bad')
  if (lines.length === 0) throw usageFailure('no line is left', 'correct them')
  err(`  ${found} and ${faults.length === 1 ? 'is' : 'are'} left out`)
}
