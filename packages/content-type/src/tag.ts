import { type ContentType, contentTypes } from '@halftone/contracts'
import { priors, quotedWords, rules, strengths } from './rules.ts'

export interface Guess {
  label: ContentType
  /** 0..1. A share of the evidence, not yet a measured probability. */
  confidence: number
}

/** What a prompt is about stands at its front; the rest is detail that every type shares. */
const readChars = 700
/** Words this early name the thing itself. */
const earlyWords = 12
const earlyFactor = 1.6
/** Points of evidence that make one label e times as likely. */
const temperature = 2.2

interface Evidence {
  label: number
  weight: number
}

const lexicon = buildLexicon()

function buildLexicon(): Map<string, Evidence[]> {
  const map = new Map<string, Evidence[]>()
  contentTypes.forEach((label, index) => {
    for (const strength of ['strong', 'good', 'weak'] as const)
      for (const word of rules[label][strength].split(' ')) {
        const evidence = { label: index, weight: strengths[strength] }
        map.set(word, [...(map.get(word) ?? []), evidence])
      }
  })
  return map
}

/**
 * The content type that a prompt asks for, always one of the labels, by weighted words. A trained model takes the
 * place of this function: same signature, English prompts, any length, never throws.
 */
export function tag(prompt: string): Guess {
  const odds = likelihoods(prompt)
  let best = 0
  for (let label = 1; label < odds.length; label++) if (odds[label]! > odds[best]!) best = label
  return { label: contentTypes[best]!, confidence: odds[best]! }
}

/** The same for all labels, in the order of `contentTypes`; they add up to one. */
export function likelihoods(prompt: string): number[] {
  const points = contentTypes.map((label) => priors[label] ?? 0)
  if (quotesWords(prompt)) points[contentTypes.indexOf(quotedWords.label)]! += quotedWords.weight
  const seen = new Set<string>()
  let before = ''
  let position = 0
  for (const word of wordsOf(prompt)) {
    position++
    count(word)
    if (before) count(`${before}-${word}`)
    before = word
  }

  function count(term: string): void {
    const evidence = lexicon.get(term)
    if (!evidence || seen.has(term)) return
    seen.add(term)
    const factor = position <= earlyWords ? earlyFactor : 1
    for (const { label, weight } of evidence) points[label]! += weight * factor
  }
  return softmax(points)
}

/** Words between quotation marks are there to be spelled; in a prompt written as JSON they are mere syntax. */
function quotesWords(prompt: string): boolean {
  return (
    !prompt.trimStart().startsWith('{') &&
    /"[^"\n]{2,60}"|“[^”\n]{2,60}”|(?<!\w)'[^'\n]{2,60}'(?!\w)/.test(prompt.slice(0, readChars))
  )
}

function wordsOf(prompt: string): string[] {
  return (
    prompt
      .slice(0, readChars)
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? []
  )
}

function softmax(points: number[]): number[] {
  const most = Math.max(...points)
  const weights = points.map((point) => Math.exp((point - most) / temperature))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
}
