import { componentSchema } from '@halftone/contracts'
import { table } from '@halftone/terminal'
import { z } from 'zod'
import { readAnswer } from '../api.ts'
import { Failure } from '../failure.ts'
import { asks } from '../price-words.ts'
import type { VerbContext } from '../verb.ts'
import { localTime } from '../words.ts'

const historySchema = z.object({
  data: z.array(
    z.object({
      version: z.int(),
      from: z.string(),
      until: z.string().nullable(),
      status: z.string(),
      amounts: z.array(componentSchema),
      source: z.string(),
    }),
  ),
})

/** Every version of one price, newest first, and from when to when it held. */
export async function priceHistory(ruleId: string, { api, show }: VerbContext): Promise<void> {
  const answer = await (await api())
    .get('/v1/prices/history', { rule_id: ruleId })
    .catch((error: unknown) => {
      if (error instanceof Failure && error.status === 404 && error.field === null)
        throw new Failure('failed', `nothing is known of how "${ruleId}" changed`, {
          next: '"halftone prices --rules" lists the ids; an older server keeps no history',
        })
      throw error
    })
  show(answer, () => {
    const { data } = readAnswer(historySchema, answer)
    if (data.length === 0) return `there is no price rule "${ruleId}"; "halftone prices --rules" lists them`
    const rows = data
      .toSorted((a, b) => b.version - a.version)
      .map((row) => [
        String(row.version),
        localTime(row.from),
        row.until === null ? 'now' : localTime(row.until),
        asks(row.amounts),
        row.status,
        row.source,
      ])
    const headings = ['version', 'from', 'until', 'asks', 'status', 'source']
    return table(headings, rows, { text: headings.slice(1) })
  })
}
