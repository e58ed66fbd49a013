import { type BulkAnswer, parseUsd, toUsd } from '@halftone/contracts'
import { dollars } from '@halftone/terminal'
import { z } from 'zod'
import type { Api } from '../api.ts'
import { Failure } from '../failure.ts'
import { counted } from '../words.ts'
import { totalsOf } from './totals.ts'

const usageSchema = z.object({
  data: z.array(z.looseObject({ bulk: z.string().nullable(), savings_usd: z.string() })),
})

/** What was saved on bulks that ended, as the server has it; where it does not tell, an estimate. */
export async function savingsOf(api: Api, bulks: readonly BulkAnswer[]): Promise<string | null> {
  const from = bulks.map(({ created_at }) => created_at).toSorted()[0]
  const answer = await api.get('/v1/usage', { group_by: 'bulk', from }).catch(() => null)
  const rows = usageSchema.safeParse(answer).data?.data ?? []
  const found = bulks.map(({ id }) => rows.find(({ bulk }) => bulk === id)?.savings_usd)
  if (bulks.some(({ baseline_usd }) => baseline_usd === null)) return null
  if (found.some((savings) => savings === undefined)) return totalsOf(bulks).savings
  return toUsd(found.reduce((all, savings) => all + signedUsd(savings ?? '0'), 0n))
}

/** The end in a few lines. */
export function outcomeWords(bulks: readonly BulkAnswer[], savings: string | null): string {
  const { jobs, counts, cost } = totalsOf(bulks)
  const models = [...new Set(bulks.flatMap(({ baseline_model }) => baseline_model ?? []))].join(', ')
  const without = (['failed', 'expired', 'canceled'] as const).flatMap((status) =>
    counts[status] > 0 ? [`${counts[status].toLocaleString('en-US')} ${status}`] : [],
  )
  return [
    `  ${counts.succeeded.toLocaleString('en-US')} of ${counted(jobs, 'job')} succeeded${without.length > 0 ? `, ${without.join(', ')}` : ''}`,
    `  ${dollars(cost)} spent${saved(savings)}${savings !== null && models ? ` against ${models} alone` : ''}`,
    ...bulks.map(({ id }) => `  ${id}: "halftone download ${id} --out DIR" fetches the pictures`),
  ].join('\n')
}

/** Throws if a job has no picture: the command ends with 1, after it has said all. */
export function mustHaveSucceeded(bulks: readonly BulkAnswer[]): void {
  const { jobs, ended, counts } = totalsOf(bulks)
  if (counts.succeeded === ended) return
  const [id] = bulks.filter(({ counts }) => (counts.failed ?? 0) + (counts.expired ?? 0) > 0).map((b) => b.id)
  throw new Failure('failed', `${ended - counts.succeeded} of ${counted(jobs, 'job')} have no picture`, {
    next:
      id === undefined
        ? null
        : `"halftone jobs --bulk ${id} --status failed" says why, "halftone retry-failed ${id}" asks for them once more`,
  })
}

function saved(savings: string | null): string {
  if (savings === null) return ''
  return savings.startsWith('-') ? `, ${dollars(savings.slice(1))} more` : `, ${dollars(savings)} saved`
}

function signedUsd(usd: string): bigint {
  return usd.startsWith('-') ? -parseUsd(usd.slice(1)) : parseUsd(usd)
}
