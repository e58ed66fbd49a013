/**
 * The share of the asked letters that are wrong in what was read, 0..1: for each phrase the fewest edits that make some
 * part of the reading out of it. What else stands in the picture does not count; case and punctuation neither.
 */
export function characterErrorRate(asked: readonly string[], read: string): number {
  const text = plain(read)
  let wrong = 0
  let letters = 0
  for (const phrase of asked.map(plain)) {
    letters += phrase.length
    wrong += Math.min(phrase.length, editsWithin(phrase, text))
  }
  return letters === 0 ? 0 : wrong / letters
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}

/** Levenshtein distance to the nearest substring: where it begins and ends in the text costs nothing. */
function editsWithin(phrase: string, text: string): number {
  let above = new Array<number>(text.length + 1).fill(0)
  for (let i = 1; i <= phrase.length; i++) {
    const row = [i]
    for (let j = 1; j <= text.length; j++) {
      const swap = above[j - 1]! + (phrase[i - 1] === text[j - 1] ? 0 : 1)
      row.push(Math.min(swap, above[j]! + 1, row[j - 1]! + 1))
    }
    above = row
  }
  return Math.min(...above)
}

/** A third of the letters wrong is a picture that nobody can use: worth nothing. */
const worthlessAt = 1 / 3

/** How well the words came out, 0..1. */
export function spellingScore(errorRate: number): number {
  return Math.max(0, 1 - errorRate / worthlessAt)
}
