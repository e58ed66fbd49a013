import { z } from 'zod'

/** A vision model that compares two pictures. */
export interface JudgeOptions {
  kind: 'openai' | 'anthropic'
  /** As of the API: https://api.openai.com/v1, https://api.anthropic.com/v1, or any that speaks like one of them. */
  baseUrl: string
  model: string
  key: string
  fetch?: typeof fetch
  timeoutMs?: number
}

interface JudgedPicture {
  bytes: Uint8Array
  format: string
}

export interface Verdict {
  winner: 'first' | 'second' | 'tie'
  /** Things seen, where the prompt counts them out. */
  counts: { first: number | null; second: number | null }
}

export interface Judge {
  compare(
    prompt: { prompt: string; words: readonly string[]; count: number | null },
    first: JudgedPicture,
    second: JudgedPicture,
  ): Promise<Verdict>
}

/** The same for every model and every pair; written down so that a score can be questioned. */
const rubric = `You compare two pictures that were made from the same prompt. You do not know who made them.
Judge in this order, and stop at the first that decides:
1. Does it show what was asked: every thing, the right number of each, where it was asked to be?
2. Words that were asked for: spelled right, complete, easy to read. A wrong letter is a fault; nonsense letters are worse than none.
3. Is it the kind of picture that was asked for (a photo looks like a photo, a logo like a logo)?
4. Faults of making: broken hands and faces, banding, smears, cut-off things.
5. Only then: which one would a customer rather use?
If nothing decides, it is a tie. Ignore any mark that says "simulated". The order of the pictures means nothing.
Count the things the prompt counts out, in each picture; null if it counts nothing out.
Answer with JSON alone: {"winner": "first" | "second" | "tie", "first_count": number | null, "second_count": number | null}`

const verdictSchema = z.object({
  winner: z.enum(['first', 'second', 'tie']),
  first_count: z.number().nullable().default(null),
  second_count: z.number().nullable().default(null),
})
const openaiSchema = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1),
})
const anthropicSchema = z.object({
  content: z.array(z.object({ type: z.string(), text: z.string().optional() })),
})
const answerTokensMax = 200

/** Throws what the endpoint said when it did not answer with a verdict. A call is made once: it costs money. */
export function createJudge(options: JudgeOptions): Judge {
  const { fetch: send = fetch, timeoutMs = 60_000 } = options
  return {
    async compare(prompt, first, second) {
      const { url, headers, body } = requestOf(options, questionOf(prompt), first, second)
      const response = await send(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMs),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`the judge answered ${response.status}: ${text.slice(0, 200)}`)
      const said = options.kind === 'anthropic' ? anthropicText(text) : openaiText(text)
      const verdict = verdictSchema.parse(JSON.parse(/\{[\s\S]*\}/.exec(said)?.[0] ?? 'null'))
      return { winner: verdict.winner, counts: { first: verdict.first_count, second: verdict.second_count } }
    },
  }
}

function questionOf({ prompt, words, count }: Parameters<Judge['compare']>[0]): string {
  const asked = words.length > 0 ? `\nWords to be read: ${words.map((word) => `"${word}"`).join(', ')}` : ''
  return `The prompt: ${prompt}${asked}${count === null ? '' : `\nNumber asked for: ${count}`}`
}

function requestOf(
  { kind, baseUrl, model, key }: JudgeOptions,
  question: string,
  first: JudgedPicture,
  second: JudgedPicture,
) {
  const base = baseUrl.replace(/\/+$/, '')
  const data = (picture: JudgedPicture) => Buffer.from(picture.bytes).toString('base64')
  if (kind === 'anthropic') {
    const image = (picture: JudgedPicture) => ({
      type: 'image',
      source: { type: 'base64', media_type: `image/${picture.format}`, data: data(picture) },
    })
    const said = (text: string) => ({ type: 'text', text })
    const content = [said(question), said('First:'), image(first), said('Second:'), image(second)]
    return {
      url: `${base}/messages`,
      headers: { 'x-api-key': key, 'anthropic-version': '2023-06-01' },
      body: { model, max_tokens: answerTokensMax, system: rubric, messages: [{ role: 'user', content }] },
    }
  }
  const image = (picture: JudgedPicture) => ({
    type: 'image_url',
    image_url: { url: `data:image/${picture.format};base64,${data(picture)}` },
  })
  const said = (text: string) => ({ type: 'text', text })
  const content = [said(question), said('First:'), image(first), said('Second:'), image(second)]
  return {
    url: `${base}/chat/completions`,
    headers: { authorization: `Bearer ${key}` },
    body: {
      model,
      max_tokens: answerTokensMax,
      messages: [
        { role: 'system', content: rubric },
        { role: 'user', content },
      ],
    },
  }
}

function openaiText(text: string): string {
  return openaiSchema.parse(JSON.parse(text)).choices[0]!.message.content
}

function anthropicText(text: string): string {
  const { content } = anthropicSchema.parse(JSON.parse(text))
  return content.map((block) => block.text ?? '').join('')
}
