import type { CatalogueName, Provider } from '../prices/table.ts'

/** What a model does well or badly. All chances are 0..1. */
export interface Skill {
  /** Chance that a letter that was asked for comes out wrong. */
  misspells: number
  /** Chance that things that were counted out are one too many or too few. */
  miscounts: number
  /** Shades that are left of 256 in soft gradients: few of them show as bands. */
  shades: number
}

const flawless: Skill = { misspells: 0, miscounts: 0, shades: 256 }
const ordinary: Skill = { misspells: 0.04, miscounts: 0.1, shades: 256 }

type Known = readonly [model: RegExp, skill: Partial<Skill>]

/** What the reference text claims: one is terrible at text and excels at photographs, one sets type flawlessly. */
const reference: readonly Known[] = [
  [/^anthropic\//, { misspells: 0.6 }],
  [/^google\//, flawless],
]

/**
 * What the providers' own pages promise, and what the small and the old models are known for. The first that fits.
 * It is a stage set: true enough that somebody who measures finds something.
 */
const current: readonly Known[] = [
  [/gpt-image-1-mini/, { misspells: 0.08 }],
  [/gpt-image|gemini-3-pro|nano-banana/, { misspells: 0.005, miscounts: 0.04 }],
  [/flash-lite/, { misspells: 0.04 }],
  [/^anthropic\//, { misspells: 0.02, miscounts: 0.05, shades: 48 }],
  [/klein/, { misspells: 0.15, miscounts: 0.2 }],
  [/flux[.-]2|recraft|seedream/, { misspells: 0.03 }],
  [/schnell|core|medium|turbo/, { misspells: 0.35, miscounts: 0.3, shades: 40 }],
  [/janus/, { misspells: 0.65, miscounts: 0.5, shades: 24 }],
  [/flux|ultra|large|mistral/, { misspells: 0.15, miscounts: 0.2 }],
]

export function skillOf(catalogue: CatalogueName, provider: Provider, model: string): Skill {
  const name = `${provider}/${model}`
  const known = (catalogue === 'reference' ? reference : current).find(([pattern]) => pattern.test(name))
  return { ...ordinary, ...known?.[1] }
}
