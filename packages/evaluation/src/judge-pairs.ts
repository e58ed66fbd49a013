import { appendFile, readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Judge, Verdict } from './judge.ts'
import type { Picture } from './pictures.ts'
import type { Comparison } from './statistics.ts'

export interface Pair {
  a: Picture
  b: Picture
}

/** All pairs of pictures of one prompt; prompt after prompt, so that a short list is spread over the types. */
export function pairsOf(pictures: readonly Picture[]): Pair[] {
  const byPrompt = Map.groupBy(pictures, ({ task }) => task.prompt.id)
  const lists = [...byPrompt.values()].map((own) =>
    own.flatMap((a, i) => own.slice(i + 1).map((b) => ({ a, b }))),
  )
  const longest = Math.max(0, ...lists.map((list) => list.length))
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list[i] ?? [])).flat()
}

/** So many failures in a row are no accident. */
const faultsMax = 3

export interface Judged {
  pair: Pair
  comparison: Comparison
  /** What was counted in a and b, as a mean of both looks; null: nothing was to be counted. */
  counts: { a: number | null; b: number | null }
}

const keptSchema = z.object({
  pair: z.string(),
  share: z.number(),
  counts: z.object({ a: z.number().nullable(), b: z.number().nullable() }),
})

/**
 * Each pair is shown twice, the second time in the other order: who wins only from one side has tied. Stops before
 * `callsMax` would be passed. A call that fails is paid all the same, and its pair left out. What was judged is kept in
 * `file`, and not asked again.
 */
export async function judgePairs(options: {
  judge: Judge
  pairs: readonly Pair[]
  file: string
  callsMax: number
  /** Before each. */
  onCall(): Promise<void>
  onFault(error: unknown): void
}): Promise<Judged[]> {
  const { judge, pairs, file, callsMax, onCall, onFault } = options
  const kept = new Map((await readLines(file)).map((line) => [line.pair, line]))
  const judged: Judged[] = []
  let calls = 0
  let faults = 0
  const look = async (first: Picture, second: Picture) => {
    calls++
    await onCall()
    return judge.compare(first.task.prompt, first, second)
  }
  for (const pair of pairs) {
    const known = kept.get(idOf(pair))
    if (known) judged.push(asJudged(pair, known.share, known.counts))
    else if (calls + 2 <= callsMax && faults < faultsMax)
      try {
        const there = await look(pair.a, pair.b)
        const back = await look(pair.b, pair.a)
        const one = weigh(pair, there, back)
        const line = { pair: idOf(pair), share: one.comparison.share, counts: one.counts }
        await appendFile(file, `${JSON.stringify(line)}\n`)
        judged.push(one)
        faults = 0
      } catch (error) {
        faults++
        onFault(error)
      }
  }
  return judged
}

/** `back` saw them in the other order. */
function weigh(pair: Pair, there: Verdict, back: Verdict): Judged {
  const counts = {
    a: mean(there.counts.first, back.counts.second),
    b: mean(there.counts.second, back.counts.first),
  }
  const points = { first: 1, second: 0, tie: 0.5 }
  const liked = (points[there.winner] + (1 - points[back.winner])) / 2
  return asJudged(pair, byCount(pair.a.task.prompt.count, counts) ?? liked, counts)
}

function asJudged(pair: Pair, share: number, counts: Judged['counts']): Judged {
  const [a, b] = [pair.a.task.contender.key, pair.b.task.contender.key]
  return { pair, comparison: { a, b, share }, counts }
}

/** Names a pair over visits. */
export function idOf({ a, b }: Pair): string {
  return `${a.task.id} ${b.task.contender.key}`
}

async function readLines(file: string): Promise<z.infer<typeof keptSchema>[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => keptSchema.parse(JSON.parse(line)))
}

/** Counting is exact: who has the right number wins over who has not. null: it decides nothing. */
function byCount(asked: number | null, { a, b }: Judged['counts']): number | null {
  if (asked === null || a === null || b === null || (a === asked) === (b === asked)) return null
  return a === asked ? 1 : 0
}

function mean(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : (one + other) / 2
}
