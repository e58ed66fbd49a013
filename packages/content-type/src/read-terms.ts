/** What a prompt is about stands at its front; the rest is detail that every type shares. Bounds the work, too. */
const readChars = 700
/** Words this early name the thing itself. */
const earlyWords = 12
const earlyLoudness = 1.6

const quotes = 34
const anyNumber = 48

/** Told of every term of a prompt, in reading order, repetitions too. */
export interface Reader {
  /** A term is the hash of a word, of two words in a row, or of "quotes words". */
  term(hash: number, loudness: number): void
  word(hash: number): void
}

/**
 * Reads the front of a prompt. Case, numbers, plural endings and the keys of JSON are dropped: they tell which
 * collection a prompt is from, not what it asks for.
 */
export function readTerms(prompt: string, reader: Reader): void {
  const front = prompt.slice(0, readChars)
  const isJson = front.includes('":')
  const text = isJson ? front.replace(/"[\w -]{1,40}"\s{0,4}:/g, ' ') : front
  if (!isJson && quotesWords(front)) reader.term(quotes, 1)
  let before = 0
  let words = 0
  scanWords(text, (hash) => {
    const loudness = words < earlyWords ? earlyLoudness : 1
    if (hash !== anyNumber) {
      words++
      reader.word(hash)
      reader.term(hash, loudness)
    }
    if (before !== 0) reader.term(pair(before, hash), loudness)
    before = hash
  })
}

/** The hash of a term as a person writes it: a word, two words joined by a hyphen, or a quotation mark. */
export function hashOf(term: string): number {
  if (term === '"') return quotes
  const hashes: number[] = []
  scanWords(term, (hash) => hashes.push(hash))
  const [first = 0, second] = hashes
  return second === undefined ? first : pair(first, second)
}

function pair(first: number, second: number): number {
  return (Math.imul(first ^ (first >>> 15), 0x2c1b3c6d) + second) | 0
}

/** Calls back with every run of letters and digits; a run of digits alone reads as any number. */
function scanWords(text: string, found: (hash: number) => void): void {
  const start = 0x811c9dc5 | 0
  let hash = start
  let stem = start
  let length = 0
  let letters = 0
  let last = 0
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? lower(text.charCodeAt(at)) : 0
    if (code !== 0) {
      stem = hash
      hash = Math.imul(hash ^ code, 0x01000193)
      if (code > 57) letters++
      last = code
      length++
    } else if (length > 0) {
      const isPlural = last === 115 && length > 3
      found(letters === 0 ? anyNumber : isPlural ? stem : hash)
      hash = start
      length = 0
      letters = 0
    }
  }
}

/** A letter or digit in lower case, letters beyond ASCII as they are; 0 for what parts words. */
function lower(code: number): number {
  if (code >= 97 && code <= 122) return code
  if (code >= 65 && code <= 90) return code + 32
  if (code >= 48 && code <= 57) return code
  if (code < 0xc0) return 0
  const isSymbol = (code >= 0x2000 && code < 0x2e80) || (code >= 0x3000 && code <= 0x303f)
  const isHalfOrVariation = (code >= 0xd800 && code < 0xe000) || (code >= 0xfe00 && code <= 0xfe0f)
  return isSymbol || isHalfOrVariation ? 0 : code
}

/** Words between quotation marks are there to be spelled. */
function quotesWords(text: string): boolean {
  return (
    !text.trimStart().startsWith('{') &&
    /"[^"\n]{2,60}"|“[^”\n]{2,60}”|(?<!\w)'[^'\n]{2,60}'(?!\w)/.test(text)
  )
}
