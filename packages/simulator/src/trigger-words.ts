/** Words in a prompt that make a provider refuse it. They appear in no real prompt. */
const refusedAtOnce = 'forbidden-content'
const filteredAfterwards = 'filtered-content'
const publicFigure = 'named-public-figure'

/** What a provider's moderation makes of a prompt. */
export type Verdict = 'fine' | 'refused' | 'filtered' | 'public-figure'

export function judge(prompt: string): Verdict {
  if (prompt.includes(refusedAtOnce)) return 'refused'
  if (prompt.includes(filteredAfterwards)) return 'filtered'
  return prompt.includes(publicFigure) ? 'public-figure' : 'fine'
}
