import type { JobAnswer } from '@halftone/contracts'
import { candidateTable } from './candidate-table.ts'
import { amount, localTime } from './words.ts'

/** A job as a person wants to see it. */
export function jobWords(job: JobAnswer): string {
  const facts: [string, string | null][] = [
    ['job', job.id],
    ['status', job.simulated ? `${job.status} (simulated: no real money)` : job.status],
    ['asked', `${job.operation}, ${localTime(job.created_at)}`],
    ['ended', job.finished_at && localTime(job.finished_at)],
    ['made by', job.provider && `${job.provider}/${job.model}`],
    ['cost', job.cost_usd && amount(job.cost_usd)],
    ['expected', job.quoted_usd && amount(job.quoted_usd)],
    ['content', job.content_type && `${job.content_type.label} (${job.content_type.source})`],
    ['bulk', job.bulk_id],
    ['why', job.why?.summary ?? null],
    ['error', job.error && `${job.error.message}${job.error.next ? `: ${job.error.next}` : ''}`],
    ...job.images.map(({ width, height, format, url }): [string, string] => [
      'picture',
      `${width}x${height} ${format}  ${url}`,
    ]),
    ...job.attempts.map((attempt): [string, string] => [
      'attempt',
      `${attempt.provider}/${attempt.model} ${attempt.state} ${attempt.cost_usd ? amount(attempt.cost_usd) : ''}${attempt.error ? ` ${attempt.error.message}` : ''}`,
    ]),
  ]
  const lines = facts.flatMap(([name, text]) => (text ? [`  ${name.padEnd(9)} ${text}`] : []))
  if (job.why?.candidates.length) lines.push('', candidateTable(job.why.candidates, null))
  return lines.join('\n')
}
