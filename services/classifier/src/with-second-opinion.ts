import type { Tag } from '@halftone/contracts'
import type { SecondOpinion } from './second-opinion.ts'

/**
 * Tags with what the second opinion says of those that are `unknown`. It may only choose among the labels that are
 * plausible already: so no job gets dearer than it was quoted, and a model that is led astray by a prompt does no harm.
 */
export async function withSecondOpinion(
  opinion: SecondOpinion | null,
  guesses: readonly { prompt: string; tag: Tag }[],
): Promise<Tag[]> {
  const unsure = guesses.filter(({ tag }) => tag.label === 'unknown' && tag.plausible.length > 1)
  if (opinion === null || unsure.length === 0) return guesses.map(({ tag }) => tag)
  const said = await opinion.ask([...new Set(unsure.map(({ prompt }) => prompt))])
  return guesses.map(({ prompt, tag }) => {
    const label = tag.label === 'unknown' ? said.get(prompt) : undefined
    if (label === undefined || !tag.plausible.includes(label)) return tag
    return { ...tag, label, source: 'second_opinion', plausible: [label] }
  })
}
