import { type Random, seededRandom } from '@halftone/contracts'

/** A 32-bit hash of a text (FNV-1a with a finishing mix): the same text gives the same number on every machine. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** A stream of numbers in [0, 1) that depends on the seed alone. */
export function randomFrom(seed: string): Random {
  return seededRandom(hash32(seed))
}
