import { type ContentType, contentTypes } from '@halftone/contracts'
import { hashOf } from './read-terms.ts'
import { shipped } from './shipped-model.ts'

/** Words beyond these are not looked at: what decides stands early, and the answer is for a person's eye. */
const readChars = 700

/** The words, and pairs of words, that spoke most for a label rather than for another; the loudest first. */
export function decidingWords(prompt: string, label: ContentType, most = 3): string[] {
  const words =
    prompt
      .slice(0, readChars)
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  const pairs = words.slice(1).map((word, at) => `${words[at]} ${word}`)
  return [...new Set([...words, ...pairs])]
    .map((term) => ({ term, pull: pullOf(term, label) }))
    .filter(({ pull }) => pull > 0)
    .sort((a, b) => b.pull - a.pull)
    .slice(0, most)
    .map(({ term }) => term)
}

function pullOf(term: string, label: ContentType): number {
  const number = shipped.terms.find(hashOf(term))
  if (number === -1) return 0
  const weights = shipped.weights.subarray(number * contentTypes.length, (number + 1) * contentTypes.length)
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length
  return weights[contentTypes.indexOf(label)]! - mean
}
