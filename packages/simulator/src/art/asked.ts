import { randomFrom } from '../seeded.ts'

const phrasesMax = 4
const lettersMax = 160

/** The words that a prompt puts in quotation marks: those are to be read in the picture. */
export function askedWords(prompt: string): string[] {
  const phrases: string[] = []
  let letters = 0
  for (const [, straight, curly] of prompt.matchAll(/"([^"\n]{1,120})"|“([^”\n]{1,120})”/g)) {
    const phrase = (straight ?? curly ?? '').trim()
    letters += phrase.length
    if (phrase === '' || phrases.length === phrasesMax || letters > lettersMax) continue
    phrases.push(phrase)
  }
  return phrases
}

const numbers = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']

/** How many things a prompt counts out ("exactly three apples"); null if it does not. */
export function askedCount(prompt: string): number | null {
  const said = /\bexactly (\w+)\b/i.exec(prompt)?.[1]?.toLowerCase()
  if (said === undefined) return null
  const count = /^[1-9]$/.test(said) ? Number(said) : numbers.indexOf(said) + 1
  return count > 0 ? count : null
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz'

/** The words as somebody spells them who gets so many letters wrong. Equal seeds misspell alike. */
export function misspell(words: string, chance: number, seed: string): string {
  if (chance === 0) return words
  const random = randomFrom(seed)
  return [...words]
    .map((letter) => {
      const [wrong, how, which] = [random(), random(), random()]
      if (!/[\p{L}\p{N}]/u.test(letter) || wrong >= chance) return letter
      if (how < 0.12) return ''
      if (how < 0.24) return `${letter}${letter}`
      const other = alphabet[Math.floor(which * alphabet.length)] ?? 'x'
      return letter === letter.toUpperCase() ? other.toUpperCase() : other
    })
    .join('')
}
