import { type ContentType, contentTypes } from '@halftone/contracts'
import { shipped } from './shipped-model.ts'
import { createWeigher } from './weigh.ts'

export interface Guess {
  label: ContentType
  /** 0..1: about this share of guesses made with this confidence is right, on prompts of unseen sources. */
  confidence: number
}

const weigh = createWeigher(shipped)

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
