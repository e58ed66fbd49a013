import { contentTypes } from '@halftone/contracts'
import type { Model } from './model.ts'
import { readTerms } from './read-terms.ts'

/** Below the first share of known words a prompt is not read as English at all, from the second on wholly. */
const foreignBelow = 0.45
const englishFrom = 0.7
const leastTrust = 0.05

/**
 * Weighs one prompt after another with a model. Keeps its own scratch space, for speed: not to be called from
 * within itself.
 */
export function createWeigher(model: Model): (prompt: string) => number[] {
  const labels = contentTypes.length
  const readIn = new Uint32Array(model.terms.size)
  const points = new Float64Array(labels)
  let turn = 0
  let terms = 0
  let words = 0
  let known = 0
  const reader = {
    term(hash: number, loudness: number) {
      const number = model.terms.find(hash)
      if (number === -1 || readIn[number] === turn) return
      readIn[number] = turn
      terms++
      const from = number * labels
      for (let label = 0; label < labels; label++) points[label]! += loudness * model.weights[from + label]!
    },
    word(hash: number) {
      words++
      if (model.known.find(hash) !== -1) known++
    },
  }
  return (prompt) => {
    turn = turn === 0xffffffff ? 1 : turn + 1
    terms = words = known = 0
    points.fill(0)
    readTerms(prompt, reader)
    const scale = model.scale / Math.max(1, terms) ** model.norm
    const odds = model.bias.map((bias, label) => (bias + points[label]! * scale) / model.temperature)
    softmax(odds)
    return doubt(odds, (known + 1) / (words + 1))
  }
}

function softmax(points: number[]): void {
  const most = Math.max(...points)
  let sum = 0
  for (let at = 0; at < points.length; at++) sum += points[at] = Math.exp(points[at]! - most)
  for (let at = 0; at < points.length; at++) points[at]! /= sum
}

/** A prompt in a language the model cannot read may be anything: its odds are drawn towards even ones. */
function doubt(odds: number[], share: number): number[] {
  const trust = Math.min(1, Math.max(leastTrust, (share - foreignBelow) / (englishFrom - foreignBelow)))
  return trust === 1 ? odds : odds.map((one) => one * trust + (1 - trust) / odds.length)
}
