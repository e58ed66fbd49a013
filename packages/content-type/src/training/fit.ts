import { createHash } from 'node:crypto'
import { contentTypes, seededRandom } from '@halftone/contracts'
import type { ModelFile } from '../model.ts'
import { hashOf } from '../read-terms.ts'
import { priors, quotedWords, rules, strengths } from './cues.ts'
import { descend, type Sample } from './descend.ts'
import { grammarRows } from './grammar.ts'
import type { Row } from './rows.ts'
import type { Settings } from './settings.ts'
import { piecesOf, type Terms, termsOf, weightsOf, wordsOf } from './views.ts'

const labels = contentTypes.length

/** Learns from rows. The same rows and settings make the same file, byte for byte; its temperature is still 1. */
export function fit(given: readonly Row[], settings: Settings): ModelFile {
  const random = seededRandom(settings.seed)
  const rows = [...given, ...grammarRows(settings.grammar, random)]
  const fronts = rows.map(({ prompt }) => termsOf(prompt))
  const cues = settings.cueScale === 0 ? new Map<number, number[]>() : readCues()
  const terms = chooseTerms(rows, fronts, cues, settings)
  const weightOf = weightsOf(rows, settings)
  const numbers = new Map(terms.map((hash, number) => [hash, number]))
  const samples = rows.flatMap(({ prompt, label }, at): Sample[] => {
    const pieces = piecesOf(prompt, settings.pieces, random)
    return [fronts[at]!, ...pieces].map((view, number) => {
      const share = pieces.length === 0 ? 1 : number === 0 ? 0.5 : 0.5 / pieces.length
      return { ...vectorOf(view, numbers, settings.norm), label, weight: weightOf[at]! * share }
    })
  })
  const learned = descend(samples, priorOf(terms, cues, settings), settings)
  const weights = learned.subarray(0, terms.length * labels)
  const scale = weights.reduce((most, one) => Math.max(most, Math.abs(one)), 0) / 127
  return {
    seed: settings.seed,
    rows_sha256: createHash('sha256')
      .update(JSON.stringify([given, settings]))
      .digest('hex'),
    norm: settings.norm,
    temperature: 1,
    scale,
    bias: Array.from(learned.subarray(terms.length * labels), (one) => Math.round(one * 1e4) / 1e4),
    terms: base64(Int32Array.from(terms)),
    weights: base64(Int8Array.from(weights, (one) => Math.round(one / scale))),
    known: base64(Int32Array.from(knownWords(rows))),
  }
}

/** The written cues by the hash of their term: points for each label. */
function readCues(): Map<number, number[]> {
  const cues = new Map<number, number[]>()
  contentTypes.forEach((label, at) => {
    for (const strength of ['strong', 'good', 'weak'] as const)
      for (const term of rules[label][strength].split(' ')) {
        const hash = hashOf(term)
        const line = cues.get(hash) ?? contentTypes.map(() => 0)
        line[at] = Math.max(line[at]!, strengths[strength])
        cues.set(hash, line)
      }
  })
  cues.set(
    hashOf('"'),
    contentTypes.map((label) => (label === quotedWords.label ? quotedWords.weight : 0)),
  )
  return cues
}

function chooseTerms(
  rows: readonly Row[],
  fronts: readonly Terms[],
  cues: ReadonlyMap<number, unknown>,
  { minRows, minSources }: Settings,
): number[] {
  const uses = new Map<number, { rows: number; sources: Set<string> }>()
  rows.forEach(({ source }, at) => {
    for (const hash of fronts[at]!.keys()) {
      const use = uses.get(hash) ?? { rows: 0, sources: new Set() }
      use.rows++
      use.sources.add(source)
      uses.set(hash, use)
    }
  })
  const common = [...uses].filter(([, use]) => use.rows >= minRows && use.sources.size >= minSources)
  return [...new Set([...cues.keys(), ...common.map(([hash]) => hash)])].sort((a, b) => a - b)
}

function priorOf(
  terms: readonly number[],
  cues: Map<number, number[]>,
  { cueScale }: Settings,
): Float64Array {
  const lines = terms.flatMap((hash) => cues.get(hash) ?? contentTypes.map(() => 0))
  const bias = contentTypes.map((label) => priors[label] ?? 0)
  return Float64Array.from([...lines, ...bias], (points) => points * cueScale)
}

function vectorOf(view: Terms, numbers: ReadonlyMap<number, number>, norm: number) {
  const found = [...view].filter(([hash]) => numbers.has(hash))
  const scale = 1 / Math.max(1, found.length) ** norm
  return {
    index: Int32Array.from(found, ([hash]) => numbers.get(hash)!),
    value: Float64Array.from(found, ([, loudness]) => loudness * scale),
  }
}

function knownWords(rows: readonly Row[]): number[] {
  const uses = new Map<number, number>()
  for (const { prompt } of rows)
    for (const word of new Set(wordsOf(prompt))) uses.set(word, (uses.get(word) ?? 0) + 1)
  return [...uses]
    .filter(([, count]) => count >= 2)
    .map(([word]) => word)
    .sort((a, b) => a - b)
}

function base64({ buffer }: Int32Array | Int8Array): string {
  return Buffer.from(buffer).toString('base64')
}
