import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  bulkQuoteAnswerSchema,
  type ContentType,
  contentTypes,
  newId,
  parseUsd,
  type QualityFloor,
  type QualityScore,
  type Random,
  toUsd,
} from '@halftone/contracts'
import { z } from 'zod'
import { type Bought, buyPictures } from './buy-pictures.ts'
import { collectVotes } from './collect-votes.ts'
import { writeContactSheet } from './contact-sheet.ts'
import { type Field, findContenders } from './find-contenders.ts'
import type { Judge } from './judge.ts'
import { judgePairs, pairsOf } from './judge-pairs.ts'
import { type PassState, readState, saveState } from './pass-state.ts'
import { keepPictures, type Picture } from './pictures.ts'
import { jobOf, planPurchase, type Task } from './plan-purchase.ts'
import { type Reading, readPictures } from './read-pictures.ts'
import { createTextReader } from './read-text.ts'
import { floorsFrom, scoresFromPairs, scoresFromReading } from './score-models.ts'
import type { Contender, KnownByType, Shop } from './shop.ts'
import type { Comparison } from './statistics.ts'
import { checkedByReading, promptsFor, type SuitePrompt, suite } from './suite.ts'

/** What is about to be bought. */
export interface Offer {
  field: Field
  types: readonly ContentType[]
  prompts: number
  pictures: number
  leftOut: number
  quotedUsd: string
  /** Kept back for the judge, of the budget. */
  judgeUsd: string
  budgetUsd: string
}

export interface EvaluateOptions {
  shop: Shop
  /** The pass lives in it: what was bought, the pictures, the votes, the contact sheet. */
  dir: string
  /** Nano-dollars for everything, in real charges. */
  budget: bigint
  /** null: all that can be judged with what there is. */
  types: readonly ContentType[] | null
  /** Providers or provider/model keys; null: all. */
  models: readonly string[] | null
  perType: number
  /** `callNano` is what one call costs at most. Absent: nobody looks. */
  judge?: { judge: Judge; callsMax: number; callNano: bigint }
  /** A person judges in the browser; told where. */
  askPerson?: (url: string) => void
  /** Let floors follow from what was measured. */
  setFloors: boolean
  /** OCR at a time. */
  threads: number
  confirm(offer: Offer): Promise<boolean>
  onProgress(what: 'buying' | 'reading' | 'judging', done: number, of: number, spent: bigint): void
  warn(text: string): void
  clock(): number
  wait(ms: number): Promise<void>
  random: Random
}

export interface Report {
  id: string
  resumed: boolean
  budget_usd: string
  quoted_usd: string
  /** Pictures by the ledger, and the judge at its price a call. */
  spent_usd: string
  pictures: number
  failed: { task: string; reason: string }[]
  scores: QualityScore[]
  floors: QualityFloor[]
  contact_sheet: string
}

const pollMs = 500
const lotDeadlineMs = 30 * 60_000

/** Runs a quality pass, or takes up the one that was begun in this folder. null: it was not agreed to. */
export async function evaluate(options: EvaluateOptions): Promise<Report | null> {
  const { shop, dir, clock } = options
  const begun = await readState(dir)
  const state = begun ?? (await begin(options))
  if (!state) return null
  const tasks = tasksOf(state)
  const callsCost = judgeReserve(options)
  const { bought, spent } = await buyPictures({
    shop,
    dir,
    state,
    tasks,
    budget: parseUsd(state.budget_usd) - callsCost,
    pollMs,
    deadlineMs: lotDeadlineMs,
    clock,
    wait: options.wait,
    onProgress: (done, of, cost) => options.onProgress('buying', done, of, cost),
  })
  const pictures = await keepPictures(shop, dir, bought)
  const at = new Date(clock()).toISOString()
  const known = await knownQuality(shop)
  const readings = await read(options, pictures, spent)
  const judged = await judge(options, state, pictures, known, at, spent)
  const voted = await vote(options, pictures, known, at)
  const scores = [...scoresFromReading(readings, at), ...judged.scores, ...voted]
  const floors = options.setFloors ? floorsFrom(scores, known) : []
  await shop.record({ scores, floors })
  const report: Report = {
    id: state.id,
    resumed: begun !== null,
    budget_usd: state.budget_usd,
    quoted_usd: state.quoted_usd,
    spent_usd: toUsd(spent + judged.cost),
    pictures: pictures.length,
    failed: bought.flatMap(failureOf),
    scores,
    floors,
    contact_sheet: join(dir, 'contact-sheet.html'),
  }
  await writeFile(join(dir, 'report.json'), JSON.stringify(report, null, 2))
  await writeContactSheet(report.contact_sheet, {
    pictures,
    readings,
    scores,
    floors,
    spentUsd: report.spent_usd,
    at,
  })
  return report
}

async function begin(options: EvaluateOptions): Promise<PassState | null> {
  const { shop, budget } = options
  const types = options.types ?? (options.judge || options.askPerson ? contentTypes : checkedByReading)
  const field = await findContenders(shop, options.models)
  const forPictures = budget - judgeReserve(options)
  const { tasks, leftOut, nano } = planPurchase(
    promptsFor(types, options.perType),
    field.contenders,
    forPictures,
  )
  if (tasks.length === 0) throw new NothingToBuy(field, toUsd(forPictures))
  const quote = bulkQuoteAnswerSchema.parse(await shop.post('/v1/quotes', { jobs: tasks.map(jobOf) }))
  if (parseUsd(quote.total_usd) > forPictures)
    throw new Error(`prices moved: $${quote.total_usd} is quoted, for $${toUsd(nano)} were planned`)
  const prompts = [...new Set(tasks.map(({ prompt }) => prompt.id))]
  const agreed = await options.confirm({
    field,
    types,
    prompts: prompts.length,
    pictures: quote.jobs,
    leftOut,
    quotedUsd: quote.total_usd,
    judgeUsd: toUsd(judgeReserve(options)),
    budgetUsd: toUsd(budget),
  })
  if (!agreed) return null
  const state: PassState = {
    id: newId('quote').replace(/^[a-z]+_/, ''),
    budget_usd: toUsd(budget),
    quoted_usd: quote.total_usd,
    contenders: field.contenders,
    prompts,
    lots: [],
    bought: false,
    judge_calls: 0,
  }
  await saveState(options.dir, state)
  return state
}

/** The budget does not buy one prompt from every contender, or there is no contender. */
export class NothingToBuy extends Error {
  readonly field: Field
  constructor(field: Field, usd: string) {
    const round = field.contenders.reduce((sum, one) => sum + parseUsd(one.usd), 0n)
    super(
      field.contenders.length === 0
        ? 'no model takes part'
        : `one prompt from all ${field.contenders.length} models costs $${toUsd(round)}; $${usd} is there for pictures`,
    )
    this.name = 'NothingToBuy'
    this.field = field
  }
}

function judgeReserve({ judge }: EvaluateOptions): bigint {
  return judge ? BigInt(judge.callsMax) * judge.callNano : 0n
}

function tasksOf({ prompts, contenders }: PassState): Task[] {
  const found = prompts.flatMap((id): SuitePrompt[] => suite.filter((prompt) => prompt.id === id))
  return found.flatMap((prompt) =>
    contenders.map((contender: Contender) => ({ id: `${prompt.id}/${contender.key}`, prompt, contender })),
  )
}

async function read(
  options: EvaluateOptions,
  pictures: readonly Picture[],
  spent: bigint,
): Promise<Reading[]> {
  const reader = await createTextReader(options.threads)
  try {
    return await readPictures(reader, pictures, (done, of) => options.onProgress('reading', done, of, spent))
  } finally {
    await reader.close()
  }
}

async function judge(
  options: EvaluateOptions,
  state: PassState,
  pictures: readonly Picture[],
  known: KnownByType,
  at: string,
  spent: bigint,
): Promise<{ scores: QualityScore[]; cost: bigint }> {
  if (!options.judge) return { scores: [], cost: 0n }
  const { judge, callsMax, callNano } = options.judge
  const pairs = pairsOf(pictures)
  const paidFor = callNano === 0n ? callsMax : Number((parseUsd(state.budget_usd) - spent) / callNano)
  const most = Math.min(callsMax, paidFor)
  const judged = await judgePairs({
    judge,
    pairs,
    file: join(options.dir, 'judged.jsonl'),
    callsMax: most - state.judge_calls,
    async onCall() {
      // before it is made: a pass that is cut here has paid for it
      state.judge_calls++
      await saveState(options.dir, state)
      const cost = spent + BigInt(state.judge_calls) * callNano
      options.onProgress('judging', state.judge_calls, Math.min(most, pairs.length * 2), cost)
    },
    onFault: (error) => options.warn(error instanceof Error ? error.message : String(error)),
  })
  return {
    scores: scoresFromPairs(byType(judged), known, 'judge', at),
    cost: BigInt(state.judge_calls) * callNano,
  }
}

async function vote(
  { askPerson, dir, random }: EvaluateOptions,
  pictures: readonly Picture[],
  known: KnownByType,
  at: string,
): Promise<QualityScore[]> {
  if (!askPerson) return []
  const votes = await collectVotes({ dir, pairs: pairsOf(pictures), random, onReady: askPerson })
  return scoresFromPairs(byType(votes), known, 'votes', at)
}

function byType(
  compared: readonly { pair: { a: Picture }; comparison: Comparison }[],
): Map<ContentType, Comparison[]> {
  const groups = Map.groupBy(compared, ({ pair }) => pair.a.task.prompt.contentType)
  return new Map([...groups].map(([type, own]) => [type, own.map(({ comparison }) => comparison)]))
}

const contentTypesSchema = z.object({
  data: z.array(
    z.object({
      label: z.enum(contentTypes),
      models: z.array(
        z.object({
          provider: z.string(),
          model: z.string(),
          quality: z.number(),
          prior: z.object({ score: z.number(), weight: z.number() }),
        }),
      ),
    }),
  ),
})

async function knownQuality(shop: Shop): Promise<KnownByType> {
  const { data } = contentTypesSchema.parse(await shop.get('/v1/content-types'))
  return new Map(data.map(({ label, models }) => [label, models]))
}

function failureOf({ task, fault }: Bought): { task: string; reason: string }[] {
  return fault === null ? [] : [{ task: task.id, reason: fault }]
}
