import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { type ContentType, contentTypeGroups, contentTypes, parseUsd, toUsd } from '@halftone/contracts'
import {
  createJudge,
  type EvaluateOptions,
  NothingToBuy,
  type Offer,
  evaluate as runPass,
} from '@halftone/evaluation'
import { bar, dollars } from '@halftone/terminal'
import type { Api } from '../api.ts'
import { Failure, usageFailure } from '../failure.ts'
import { defineVerb, positionals, type VerbContext } from '../verb.ts'
import { offerWords, reportWords } from './evaluate-words.ts'

const next = '"halftone evaluate --help" shows how to call it'
const flags = {
  budget: { type: 'string' },
  types: { type: 'string' },
  models: { type: 'string' },
  n: { type: 'string' },
  out: { type: 'string' },
  yes: { type: 'boolean' },
  vote: { type: 'boolean' },
  'no-floors': { type: 'boolean' },
  judge: { type: 'string' },
  'judge-model': { type: 'string' },
  'judge-kind': { type: 'string' },
  'judge-calls': { type: 'string' },
  'judge-call-usd': { type: 'string' },
} as const
type Flags = { [K in keyof typeof flags]?: (typeof flags)[K]['type'] extends 'boolean' ? boolean : string }

export const evaluate = defineVerb({
  name: 'evaluate',
  summary: 'measure who is good at what, and let routing go by it',
  usage: `halftone evaluate --budget USD [--types A,B] [--models A,B] [--n N] [--out DIR] [--yes]

Has every model draw the same prompts, scores the pictures, and records the scores: routing goes by them at once. It
is quoted first and asks before it buys; it never costs more than the budget. Cut off, the same command takes it up
again. With the admin key: HALFTONE_ADMIN_KEY, or the stack that runs here.

  --budget USD        for everything, in real charges
  --types A,B         content types; else those that can be checked with what there is
  --models A,B        providers, or PROVIDER/MODEL; else all that have a key
  --n N               prompts of each type (8)
  --out DIR           where the pass is kept, with all pictures and a contact sheet (halftone-evaluation)
  --yes               buy without asking
  --no-floors         record the scores, leave the floors as they are

Words are checked by OCR. What cannot be read somebody has to look at:

  --vote              you, in the browser, blind; votes are kept, and taken up where you stopped
  --judge URL         a vision model, by an API like OpenAI's (…/v1) or Anthropic's; its key is HALFTONE_JUDGE_KEY
  --judge-model NAME  which
  --judge-kind KIND   openai or anthropic; else as the URL says
  --judge-calls N     at most (100); two for each pair of pictures
  --judge-call-usd X  what one may cost (0.01); kept back from the budget`,
  options: flags,
  async run({ values, positionals: given }, context) {
    positionals(given, [], 'evaluate')
    const api = await context.api()
    const options = optionsOf(values, context, api)
    const report = await runPass(options).catch((error: unknown) => {
      if (!(error instanceof NothingToBuy)) throw error
      const absent = error.field.absent.map(({ key, reason }) => `${key}: ${reason}`).join('; ')
      throw new Failure('failed', error.message, {
        next: absent === '' ? 'raise --budget, or name fewer --models' : `what takes no part: ${absent}`,
      })
    })
    context.screen?.draw('')
    if (report === null) return context.err('nothing was bought')
    context.show(report, () => reportWords(report))
  },
})

function optionsOf(values: Flags, context: VerbContext, api: Api): EvaluateOptions {
  if (values.budget === undefined) throw usageFailure('--budget is missing', next)
  return {
    shop: shopOf(api),
    dir: resolve(context.cwd, values.out ?? 'halftone-evaluation'),
    budget: usd(values.budget, '--budget'),
    types: values.types === undefined ? null : typesOf(values.types),
    models: values.models?.split(',') ?? null,
    perType: whole(values.n ?? '8', '--n'),
    judge: judgeOf(values, context.env),
    askPerson: values.vote ? (url) => context.err(`your votes, please: ${url}`) : undefined,
    setFloors: !values['no-floors'],
    threads: Math.max(1, Math.min(4, availableParallelism() - 1)),
    confirm: (offer) => confirm(offer, values.yes === true, context),
    onProgress: (what, done, of, spent) =>
      context.screen?.draw(
        `${bar(of === 0 ? 1 : done / of, 24)} ${what} ${done} of ${of}, ${dollars(toUsd(spent))}`,
      ),
    warn: context.err,
    clock: context.now,
    wait: context.pause,
    random: Math.random,
  }
}

async function confirm(offer: Offer, yes: boolean, { err, ask }: VerbContext): Promise<boolean> {
  err(offerWords(offer))
  if (yes) return true
  if (!ask)
    throw usageFailure('nobody is here to agree to the quote', 'give --yes to buy without being asked')
  return ask(`buy ${offer.pictures} pictures for ${dollars(offer.quotedUsd)}?`)
}

function shopOf(api: Api): EvaluateOptions['shop'] {
  return {
    get: (path) => api.get(path),
    post: (path, body, key) => api.post(path, body, key),
    async record(book) {
      await api.operate('POST', '/admin/v1/quality', {}, book)
    },
    async fetchPicture(url) {
      const response = await fetch(url)
      if (!response.ok) throw new Failure('failed', `a picture could not be fetched: ${response.status}`)
      return new Uint8Array(await response.arrayBuffer())
    },
    isRefusal: (error) => error instanceof Failure && (error.status === 402 || error.status === 422),
  }
}

function judgeOf(values: Flags, env: NodeJS.ProcessEnv): EvaluateOptions['judge'] {
  if (values.judge === undefined) return undefined
  const {
    'judge-model': model,
    'judge-kind': kind = /anthropic/.test(values.judge) ? 'anthropic' : 'openai',
  } = values
  if (!URL.canParse(values.judge)) throw usageFailure(`--judge "${values.judge}" is not a URL`, next)
  if (model === undefined) throw usageFailure('--judge-model is missing', next)
  if (kind !== 'openai' && kind !== 'anthropic')
    throw usageFailure(`--judge-kind "${kind}" is unknown`, 'it is openai or anthropic')
  return {
    judge: createJudge({ kind, baseUrl: values.judge, model, key: env.HALFTONE_JUDGE_KEY ?? '' }),
    callsMax: whole(values['judge-calls'] ?? '100', '--judge-calls'),
    callNano: usd(values['judge-call-usd'] ?? '0.01', '--judge-call-usd'),
  }
}

function typesOf(text: string): ContentType[] {
  return text.split(',').flatMap((name) => {
    const label = contentTypes.find((one) => one === name)
    const labels = label ? [label] : contentTypeGroups[name]
    if (!labels)
      throw usageFailure(`there is no content type "${name}"`, `use one of ${contentTypes.join(', ')}`)
    return labels
  })
}

function usd(text: string, flag: string): bigint {
  if (/^\d{1,9}(\.\d{1,9})?$/.test(text)) return parseUsd(text)
  throw usageFailure(`${flag} "${text}" is no amount`, 'give one like 5 or 2.50')
}

function whole(text: string, flag: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  throw usageFailure(`${flag} "${text}" is not a whole number above 0`, 'give one like 8')
}
