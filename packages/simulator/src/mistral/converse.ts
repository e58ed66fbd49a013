import { judge } from '../trigger-words.ts'

const tool = 'image_generation'
const charsPerToken = 4
/** What the definition of the tool takes of the input, and what it says when it is done. */
const toolTokens = { defined: 180, told: 90 }
const refusal = 'I am sorry, but I cannot draw that.'

interface Said {
  pictures: number
  usage: {
    prompt_tokens: number
    completion_tokens: number
    total_tokens: number
    connector_tokens: number
    connectors: Record<string, number> | null
  }
  /** The entries of the answer, once the pictures have file ids. */
  outputs(fileIds: readonly string[], model: string, at: string): unknown[]
}

/**
 * What the language model makes of a prompt. It draws one picture, or two if the prompt says "two pictures"; it refuses
 * in prose; what is filtered after the work was drawn and counted, and carries no file.
 */
export function converse(
  prompt: string,
  how: { draws: boolean; refuses: boolean; instructions?: string | null },
): Said {
  const verdict = how.refuses ? 'refused' : judge(prompt)
  const asked = how.draws && verdict !== 'refused' && verdict !== 'public-figure'
  const runs = !asked ? 0 : /\btwo pictures\b/i.test(prompt) ? 2 : 1
  const pictures = verdict === 'filtered' ? 0 : runs
  const words = asked && verdict === 'fine' ? '' : refusal
  const prompt_tokens =
    Math.ceil((prompt.length + (how.instructions?.length ?? 0)) / charsPerToken) +
    (how.draws ? toolTokens.defined : 0)
  const completion_tokens = Math.ceil((prompt.length + words.length) / charsPerToken) + 20
  const connector_tokens = runs * toolTokens.told
  return {
    pictures,
    usage: {
      prompt_tokens,
      completion_tokens,
      total_tokens: prompt_tokens + completion_tokens + connector_tokens,
      connector_tokens,
      connectors: runs > 0 ? { [tool]: runs } : null,
    },
    outputs(fileIds, model, at) {
      const entry = { object: 'entry', created_at: at, completed_at: at, model }
      const ran = Array.from({ length: runs }, (_, i) => ({
        ...{
          ...entry,
          type: 'tool.execution',
          id: `tool_exec_${i}`,
          name: tool,
          arguments: JSON.stringify({ prompt }),
        },
      }))
      const chunks = fileIds.map((file_id, i) => ({
        ...{ type: 'tool_file', tool, file_id, file_name: `image_generated_${i}`, file_type: 'png' },
      }))
      const content =
        chunks.length > 0 ? [{ type: 'text', text: 'Here it is.' }, ...chunks] : words || refusal
      return [...ran, { ...entry, type: 'message.output', id: 'msg_0', role: 'assistant', content }]
    },
  }
}
