import { type ContentType, contentTypes } from '@halftone/contracts'
import { readModel } from './model.ts'
import { createWeigher } from './weigh.ts'

export interface Guess {
  label: ContentType
  /** 0..1: about this share of guesses made with this confidence is right, on prompts of unseen sources. */
  confidence: number
}

const weigh = createWeigher(readModel())

/** The content type that a prompt asks for, always one of the labels. English prompts, any length, never throws. */
export function tag(prompt: string): Guess {
  const odds = weigh(prompt)
  let best = 0
  for (let label = 1; label < odds.length; label++) if (odds[label]! > odds[best]!) best = label
  return { label: contentTypes[best]!, confidence: odds[best]! }
}

/** The same for all labels, in the order of `contentTypes`; they add up to one. */
export function likelihoods(prompt: string): number[] {
  return weigh(prompt)
}

/** The words and word pairs that spoke most for a label, the loudest first. */
export function decidingWords(prompt: string, label: ContentType, most = 3): string[] {
  const words =
    prompt
      .slice(0, 700)
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  const at = contentTypes.indexOf(label)
  const rest = likelihoods(prompt)[at]!
  const without = [...new Set(words)].slice(0, 120).map((word) => ({
    word,
    drop: rest - likelihoods(words.filter((other) => other !== word).join(' '))[at]!,
  }))
  return without
    .filter(({ drop }) => drop > 0)
    .sort((a, b) => b.drop - a.drop)
    .slice(0, most)
    .map(({ word }) => word)
}
