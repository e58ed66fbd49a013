import { contentTypes, seededRandom } from '@halftone/contracts'
import type { Row } from './rows.ts'

const buckets = 1 << 18
const labels = contentTypes.length
const epochs = 8

interface Vector {
  at: Int32Array
  value: Float32Array
}

/**
 * The README of the collection names this baseline: hashed word 1-2-grams and character 3-5-grams, tf-idf,
 * class-weighted logistic regression, nothing tuned. Here only to be measured the same way as the model.
 */
export function readBaseline(prompts: readonly string[]): Vector[] {
  return prompts.map((prompt) => {
    const counts = new Map<number, number>()
    const text = prompt.toLowerCase()
    const add = (hash: number) => {
      const at = (hash >>> 0) % buckets
      counts.set(at, (counts.get(at) ?? 0) + 1)
    }
    const words = (text.match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => hashed(word, 0, word.length, 7))
    words.forEach((word, at) => {
      add(word)
      if (at > 0) add(Math.imul(words[at - 1]!, 31) ^ word)
    })
    for (let size = 3; size <= 5; size++)
      for (let from = 0; from + size <= text.length; from++) add(hashed(text, from, from + size, size))
    return {
      at: Int32Array.from(counts.keys()),
      value: Float32Array.from(counts.values(), (n) => 1 + Math.log(n)),
    }
  })
}

function hashed(text: string, from: number, to: number, seed: number): number {
  let hash = 0x811c9dc5 ^ seed
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash ^ (hash >>> 15)
}

/** Learns from the rows `train`; answers with the guess for each of `test` (both are row numbers). */
export function guessBaseline(
  rows: readonly Row[],
  read: readonly Vector[],
  train: readonly number[],
  test: readonly number[],
): number[] {
  const spread = new Float64Array(buckets)
  for (const row of train) for (const at of read[row]!.at) spread[at]!++
  const idf = spread.map((count) => Math.log((1 + train.length) / (1 + count)) + 1)
  const scaled = new Map([...train, ...test].map((row) => [row, unit(read[row]!, idf)]))
  const perLabel = contentTypes.map((_, label) => train.filter((row) => rows[row]!.label === label).length)
  const weights = new Float32Array(buckets * labels)
  const squares = new Float32Array(buckets * labels).fill(1e-6)
  const random = seededRandom(1)
  const order = [...train]
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1))
      const kept = order[i]!
      order[i] = order[j]!
      order[j] = kept
    }
    for (const row of order) {
      const vector = scaled.get(row)!
      const label = rows[row]!.label
      const odds = oddsOf(weights, vector)
      const weight = train.length / (labels * Math.max(1, perLabel[label]!))
      for (let k = 0; k < labels; k++) {
        const error = weight * (odds[k]! - (k === label ? 1 : 0))
        for (let j = 0; j < vector.at.length; j++) {
          const at = vector.at[j]! * labels + k
          const slope = error * vector.value[j]!
          squares[at]! += slope * slope
          weights[at]! -= (0.2 * slope) / Math.sqrt(squares[at]!)
        }
      }
    }
  }
  return test.map((row) => {
    const odds = oddsOf(weights, scaled.get(row)!)
    return odds.indexOf(Math.max(...odds))
  })
}

function unit({ at, value }: Vector, idf: Float64Array): Vector {
  const scaled = value.map((one, j) => one * idf[at[j]!]!)
  const length = Math.sqrt(scaled.reduce((sum, one) => sum + one * one, 0)) || 1
  return { at, value: scaled.map((one) => one / length) }
}

function oddsOf(weights: Float32Array, { at, value }: Vector): number[] {
  const points = new Array<number>(labels).fill(0)
  for (let j = 0; j < at.length; j++) {
    const base = at[j]! * labels
    for (let k = 0; k < labels; k++) points[k]! += weights[base + k]! * value[j]!
  }
  const most = Math.max(...points)
  const odds = points.map((point) => Math.exp(point - most))
  const sum = odds.reduce((total, one) => total + one, 0)
  return odds.map((one) => one / sum)
}
