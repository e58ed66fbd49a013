import { contentTypes } from '@halftone/contracts'
import { readTerms } from '../read-terms.ts'
import type { Row } from './rows.ts'
import type { Settings } from './settings.ts'

/** The terms of a text, each once, and how loudly each speaks. */
export type Terms = Map<number, number>

export function termsOf(text: string): Terms {
  const terms: Terms = new Map()
  readTerms(text, {
    term: (hash, loudness) => void (terms.has(hash) || terms.set(hash, loudness)),
    word() {},
  })
  return terms
}

export function wordsOf(text: string): number[] {
  const words: number[] = []
  readTerms(text, { term() {}, word: (hash) => void words.push(hash) })
  return words
}

/** Short pieces of a long prompt, its opening first: nothing shall be learned from length. */
export function piecesOf(prompt: string, pieces: number, random: () => number): Terms[] {
  const words = prompt.split(/\s+/)
  if (words.length < 16) return []
  return Array.from({ length: pieces }, (_, piece) => {
    const size = 10 + Math.floor(random() * 20)
    const from = piece === 0 ? 0 : Math.floor(random() * Math.max(1, words.length - size))
    return termsOf(words.slice(from, from + size).join(' '))
  })
}

/** What each row counts: no source and no type drowns the others. They add up to one. */
export function weightsOf(rows: readonly Row[], { sourceEvenness, typeEvenness }: Settings): number[] {
  const groupOf = (row: Row) => `${row.source} ${row.label}`
  const sizes = Map.groupBy(rows, groupOf)
  const first = rows.map((row) => sizes.get(groupOf(row))!.length ** -sourceEvenness)
  const perType = contentTypes.map(() => 0)
  rows.forEach((row, at) => {
    perType[row.label]! += first[at]!
  })
  const second = rows.map((row, at) => first[at]! * perType[row.label]! ** -typeEvenness)
  const sum = second.reduce((total, one) => total + one, 0)
  return second.map((one) => one / sum)
}
