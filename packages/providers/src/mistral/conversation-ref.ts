import { z } from 'zod'
import type { Usage } from '../image-provider.ts'
import type { Conversation } from './wire.ts'

const connector = 'image_generation'

/** What of a finished conversation has to outlive a crash: where its pictures are, and what it used. */
export interface ConversationRef {
  conversation: string
  files: string[]
  usage: Usage
}

const refSchema = z.object({
  c: z.string(),
  f: z.array(z.string()),
  in: z.int(),
  out: z.int(),
  n: z.int(),
})

/** As a text that the ledger keeps as the provider's id of the call. */
export function writeRef({ conversation, files, usage }: ConversationRef): string {
  const { text_in = 0, text_out = 0 } = usage.tokens ?? {}
  return JSON.stringify({ c: conversation, f: files, in: text_in, out: text_out, n: usage.images ?? 0 })
}

/** null: not a text of ours. */
export function readRef(text: string): ConversationRef | null {
  try {
    const parsed = refSchema.safeParse(JSON.parse(text))
    if (!parsed.success) return null
    const { c, f, in: textIn, out, n } = parsed.data
    return { conversation: c, files: f, usage: { tokens: { text_in: textIn, text_out: out }, images: n } }
  } catch {
    return null
  }
}

/** The files in the answer, and the bill: tokens of the language model, and pictures by the tool's own count. */
export function refOf({ conversation_id, outputs, usage }: Conversation): ConversationRef {
  const files = outputs
    .flatMap((output) => ('content' in output && Array.isArray(output.content) ? output.content : []))
    .flatMap((chunk) => ('file_id' in chunk && chunk.tool === connector ? [chunk.file_id] : []))
  const tokens = {
    // What the tool said is fed back to the language model as input.
    text_in: (usage.prompt_tokens ?? 0) + (usage.connector_tokens ?? 0),
    text_out: usage.completion_tokens ?? 0,
  }
  const images = usage.connectors?.[connector] ?? files.length
  return { conversation: conversation_id, files, usage: { tokens, images } }
}

/** The language model spoke, instead of a picture. */
export function hasWords({ outputs }: Conversation): boolean {
  return outputs.some(
    (output) =>
      'content' in output &&
      (typeof output.content === 'string'
        ? output.content.trim() !== ''
        : output.content.some(({ type }) => type === 'text')),
  )
}
