/** A share with its interval of 95 %. */
export interface Estimate {
  score: number
  low: number
  high: number
  n: number
}

const z = 1.96

/** Wilson's interval: never of no width, so that three lucky pictures are not taken for certainty. */
export function meanOf(scores: readonly number[]): Estimate {
  const n = scores.length
  const score = scores.reduce((sum, one) => sum + one, 0) / n
  const spread = z * z
  const middle = (score + spread / (2 * n)) / (1 + spread / n)
  const half = (z / (1 + spread / n)) * Math.sqrt((score * (1 - score)) / n + spread / (4 * n * n))
  const [low, high] = [Math.max(0, middle - half), Math.min(1, middle + half)]
  return rounded({ score, low: Math.min(low, score), high: Math.max(high, score), n })
}

/** One of two was better; `share` is how much of the win is a's: 1, 0, or 0.5 for a tie. */
export interface Comparison {
  a: string
  b: string
  share: number
}

export interface Strength {
  /** Natural log of the odds against an average one of the field; they sum to 0. */
  strength: number
  standardError: number
  /** Comparisons that it took part in. */
  n: number
}

/** One draw against an average opponent: keeps one that only ever won finite. */
const drawn = 0.5
const rounds = 200

/** Bradley–Terry strengths by minorisation and maximisation; errors from the Fisher information. */
export function bradleyTerry(comparisons: readonly Comparison[]): Map<string, Strength> {
  const names = [...new Set(comparisons.flatMap(({ a, b }) => [a, b]))].sort()
  const worth = new Map(names.map((name) => [name, 1]))
  const worthOf = (name: string) => worth.get(name) ?? 1
  const own = new Map(names.map((name) => [name, comparisons.filter(({ a, b }) => a === name || b === name)]))
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const met = own.get(name) ?? []
      const wins = met.reduce((sum, { a, share }) => sum + (a === name ? share : 1 - share), drawn)
      const weight = met.reduce(
        (sum, { a, b }) => sum + 1 / (worthOf(a) + worthOf(b)),
        1 / (worthOf(name) + 1),
      )
      worth.set(name, wins / weight)
    }
    const mean = Math.exp(names.reduce((sum, name) => sum + Math.log(worthOf(name)), 0) / names.length)
    for (const name of names) worth.set(name, worthOf(name) / mean)
  }
  return new Map(
    names.map((name) => {
      const met = own.get(name) ?? []
      const information = met.reduce(
        (sum, { a, b }) => {
          return sum + informationOf(worthOf(a), worthOf(b))
        },
        informationOf(worthOf(name), 1),
      )
      const standardError = 1 / Math.sqrt(information)
      return [name, { strength: Math.log(worthOf(name)), standardError, n: met.length }]
    }),
  )
}

function informationOf(worth: number, other: number): number {
  const chance = worth / (worth + other)
  return chance * (1 - chance)
}

/**
 * A strength as a quality between 0 and 1: odds around what the field is known to be worth. Pairs alone say who is
 * better, never how good; `anchor` is the mean quality of those compared, as far as it is known.
 */
export function qualityFrom({ strength, standardError, n }: Strength, anchor: number): Estimate {
  const middle = Math.log(anchor / (1 - anchor))
  const at = (shift: number) => 1 / (1 + Math.exp(-(middle + strength + shift)))
  return rounded({ score: at(0), low: at(-z * standardError), high: at(z * standardError), n })
}

function rounded({ n, ...shares }: Estimate): Estimate {
  const [score, low, high] = [shares.score, shares.low, shares.high].map(
    (share) => Math.round(share * 10_000) / 10_000,
  )
  return { score: score!, low: low!, high: high!, n }
}
