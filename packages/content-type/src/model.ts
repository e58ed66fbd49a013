import { readFileSync } from 'node:fs'
import { contentTypes } from '@halftone/contracts'
import { z } from 'zod'

/** The file that training writes. Numbers are base64, little-endian. */
const modelFileSchema = z.object({
  /** What the file was made of: the same rows and seed make the same file. */
  seed: z.number().int(),
  rows_sha256: z.string(),
  /** Divides the evidence by the number of known terms to this power, so that length alone says nothing. */
  norm: z.number(),
  /** Fitted on prompts of sources left out; divides the evidence. */
  temperature: z.number().positive(),
  scale: z.number().positive(),
  bias: z.array(z.number()).length(contentTypes.length),
  /** int32 hashes of the terms, rising. */
  terms: z.string(),
  /** int8, a row of labels for each term; times `scale`. */
  weights: z.string(),
  /** int32 hashes of words that English prompts use. */
  known: z.string(),
})
export type ModelFile = z.infer<typeof modelFileSchema>

export interface Model extends Pick<ModelFile, 'norm' | 'temperature' | 'scale' | 'bias'> {
  terms: Table
  weights: Int8Array
  known: Table
}

/** A set of int32 hashes, each with its number in the list it was made of; -1 for any other. */
interface Table {
  size: number
  find(hash: number): number
}

/** The file that ships with the package. */
export function readModelFile(): ModelFile {
  return modelFileSchema.parse(JSON.parse(readFileSync(new URL('./model.json', import.meta.url), 'utf8')))
}

export function openModel(file: ModelFile): Model {
  const weights = Buffer.from(file.weights, 'base64')
  return {
    norm: file.norm,
    temperature: file.temperature,
    scale: file.scale,
    bias: file.bias,
    terms: tableOf(readInts(file.terms)),
    weights: new Int8Array(weights.buffer, weights.byteOffset, weights.length),
    known: tableOf(readInts(file.known)),
  }
}

function readInts(text: string): number[] {
  const bytes = Buffer.from(text, 'base64')
  return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readInt32LE(at * 4))
}

/** Open addressing, at most a quarter full. */
function tableOf(hashes: readonly number[]): Table {
  const size = 2 ** Math.ceil(Math.log2(hashes.length * 4 + 4))
  const keys = new Int32Array(size)
  const numbers = new Int32Array(size).fill(-1)
  const slotOf = (hash: number) => {
    let slot = (hash ^ (hash >>> 16)) & (size - 1)
    while (numbers[slot] !== -1 && keys[slot] !== hash) slot = (slot + 1) & (size - 1)
    return slot
  }
  hashes.forEach((hash, number) => {
    const slot = slotOf(hash)
    keys[slot] = hash
    numbers[slot] = number
  })
  return { size: hashes.length, find: (hash) => numbers[slotOf(hash)]! }
}
