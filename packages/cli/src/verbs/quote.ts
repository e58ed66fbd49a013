import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { bulkQuoteAnswerSchema, quoteAnswerSchema } from '@halftone/contracts'
import { dollars, table } from '@halftone/terminal'
import { z } from 'zod'
import { readAnswer } from '../api.ts'
import { candidateTable } from '../candidate-table.ts'
import { Failure, usageFailure } from '../failure.ts'
import { type JobFlags, jobFlags, jobFlagsUsage, jobFromFlags } from '../job-flags.ts'
import { defineVerb, positionals } from '../verb.ts'
import { amount, localTime } from '../words.ts'

export const quote = defineVerb({
  name: 'quote',
  summary: 'what a job or a bulk will cost, by whom, and why not by the others',
  usage: `halftone quote FILE.json
halftone quote --prompt TEXT [--size 1024x1024] [--image FILE --mask FILE] …

Asks for a price and spends nothing. FILE holds a job body, or a bulk: {"jobs": […]}. Flags go before what FILE says.

${jobFlagsUsage}`,
  options: jobFlags,
  async run({ values, positionals: given }, context) {
    const job = await bodyOf(given, values, context.cwd)
    const api = await context.api()
    for (const purpose of ['image', 'mask'] as const) {
      const file = values[purpose]
      if (file !== undefined)
        job[purpose] = isReference(file) ? file : await api.upload(resolve(context.cwd, file), purpose)
    }
    if (job.image !== undefined) job.operation ??= 'edit'
    const answer = await api.post('/v1/quotes', job).catch((error: unknown) => {
      if (error instanceof Failure && error.status === 404 && error.field === null)
        throw new Failure('failed', 'this server gives no quotes yet', {
          next: '"halftone prices --size WxH" shows what every model asks',
        })
      throw error
    })
    context.show(answer, () => ('jobs' in job ? bulkWords(answer) : singleWords(answer)))
  },
})

async function bodyOf(given: string[], flags: JobFlags, cwd: string): Promise<Record<string, unknown>> {
  const fromFlags = jobFromFlags(flags)
  if (given.length === 0 && Object.keys(fromFlags).length > 0) return fromFlags
  const [file = ''] = positionals(given, ['FILE.json or --prompt'], 'quote')
  const path = resolve(cwd, file)
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Failure('usage', `${path} cannot be read`, {
      next: 'give a file with a job body in JSON',
      cause,
    })
  })
  const parsed = z.record(z.string(), z.unknown()).safeParse(parseJson(text))
  if (!parsed.success)
    throw usageFailure(`${path} holds no job`, 'give one JSON object: a job body, or {"jobs": […]}')
  return { ...parsed.data, ...fromFlags }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isReference(input: string): boolean {
  return /^(file_[0-9a-f]{32}$|https?:\/\/|data:)/.test(input)
}

function singleWords(answer: unknown): string {
  const { id, expires_at, choice, candidates, break_even } = readAnswer(quoteAnswerSchema, answer)
  const lines = [candidateTable(candidates, choice), '']
  if (choice) {
    lines.push(`${amount(choice.cost_usd)} at ${choice.provider}/${choice.model}`)
    lines.push(`"quote_id": "${id}" in the job holds it to that until ${localTime(expires_at)}`)
  } else lines.push('nobody can do this as asked')
  if (break_even)
    lines.push(
      `${break_even.masked_pixels.toLocaleString('en-US')} masked pixels: the edit costs ${amount(break_even.edit_cost_usd)}, a new picture ${amount(break_even.regenerate_cost_usd)}`,
    )
  return lines.join('\n')
}

function bulkWords(answer: unknown): string {
  const bulk = readAnswer(bulkQuoteAnswerSchema, answer)
  const rows = bulk.mix.map((one) => [
    `${one.provider}/${one.model}`,
    String(one.jobs),
    dollars(one.cost_usd),
    dollars(String(Number(one.cost_usd) / Math.max(1, one.jobs))),
  ])
  const lines = [
    table(['model', 'jobs', 'cost', 'a job'], rows),
    '',
    `${dollars(bulk.total_usd)} for ${bulk.jobs} jobs${bulk.expected_finish ? `, done by ${localTime(bulk.expected_finish)}` : ''}`,
    `"quote_id": "${bulk.id}" in the bulk holds it to that until ${localTime(bulk.expires_at)}`,
  ]
  if (bulk.rejected.length > 0)
    lines.push(`beside these, ${bulk.rejected.length} that nobody can do; --json says which and why`)
  return lines.join('\n')
}
