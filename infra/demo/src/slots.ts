import { type JobInput, pick, type Random } from '@halftone/contracts'
import * as brand from './brand.ts'

/** One kind of post: how often it comes, its sizes, and how its prompt is worded. */
export interface Slot {
  weight: number
  shape: 'square' | 'wide' | 'tall' | 'any' | 'small'
  job(random: Random): Partial<JobInput> & { prompt: string }
}

/** The month's mix. Some posts say what they are (`content_type`), most leave it to the classifier. */
export const slots: readonly Slot[] = [
  {
    weight: 22,
    shape: 'square',
    job: (random) => ({
      prompt: `Product photo of ${pick(random, brand.products)} ${pick(random, brand.settings)}, ${pick(random, brand.looks)}`,
    }),
  },
  {
    weight: 18,
    shape: 'wide',
    job: (random) => ({
      prompt: `Photograph of ${pick(random, brand.scenes)}, ${pick(random, brand.looks)}`,
    }),
  },
  {
    weight: 9,
    shape: 'tall',
    job: (random) => ({
      prompt: `Portrait of ${pick(random, brand.people)}, ${pick(random, brand.looks)}, 85mm lens`,
    }),
  },
  {
    weight: 14,
    shape: 'tall',
    job: (random) => ({
      prompt: `Poster with the headline "${pick(random, brand.slogans)}" in bold letters above ${pick(random, brand.products)}, ${pick(random, brand.layouts)}`,
    }),
  },
  {
    weight: 10,
    shape: 'small',
    job: (random) => ({
      prompt: `Flat app icon of ${pick(random, brand.icons)}, user interface, ${pick(random, brand.flatStyles)}`,
      content_type: 'ui_icon',
      ...(random() < 0.3 ? { quality: 'low' as const } : {}),
    }),
  },
  {
    weight: 5,
    shape: 'square',
    job: (random) => ({
      prompt: `Minimal vector logo: ${pick(random, brand.logos)}, ${pick(random, brand.flatStyles)}`,
      content_type: 'logo',
    }),
  },
  {
    weight: 6,
    shape: 'tall',
    job: (random) => ({
      prompt: `Infographic that explains ${pick(random, brand.facts)}, labelled steps, clean layout, ${pick(random, brand.flatStyles)}`,
    }),
  },
  {
    weight: 12,
    shape: 'any',
    job: (random) => ({
      prompt: `Illustration of ${pick(random, brand.stories)}, ${pick(random, brand.artStyles)}`,
      ...(random() < 0.2 ? { seed: Math.floor(random() * 1_000_000) } : {}),
      // the same hand on every page tires: these are spread over all who can
      ...(random() < 0.7 ? { routing: { policy: 'weighted' as const } } : {}),
    }),
  },
  {
    weight: 5,
    shape: 'square',
    job: (random) => ({
      prompt: `3D render of ${pick(random, brand.products)} in soft clay, isometric, ${pick(random, brand.looks)}`,
    }),
  },
  {
    weight: 4,
    shape: 'any',
    job: (random) => ({
      prompt: `Four panel comic strip about ${pick(random, brand.stories)}, manga inking, ${pick(random, brand.flatStyles)}`,
    }),
  },
  {
    weight: 4,
    shape: 'wide',
    job: (random) => ({
      prompt: `Concept art of ${pick(random, brand.worlds)}, wide establishing shot, fantasy matte painting`,
    }),
  },
]

const editWishes = [
  'a bunch of wild flowers',
  'a folded newspaper',
  'two oat biscuits on a saucer',
  'a sprig of pine',
  'a small brass bell',
]
const backdrops = ['a foggy harbour', 'a sunlit kitchen wall', 'an autumn forest floor', 'plain warm grey']

/** Edits of the brand's own pictures: paint something in by a mask, or give the whole another look. */
export const editSlots: readonly {
  weight: number
  masked: boolean
  job(random: Random): Partial<JobInput> & { prompt: string }
}[] = [
  {
    weight: 4,
    masked: true,
    job: (random) => ({ edit_kind: 'inpaint', prompt: `put ${pick(random, editWishes)} here` }),
  },
  {
    weight: 2,
    masked: true,
    job: (random) => ({ edit_kind: 'inpaint', prompt: `replace this part by ${pick(random, backdrops)}` }),
  },
  {
    weight: 2,
    masked: false,
    job: (random) => ({
      edit_kind: 'style-transfer',
      prompt: `redraw it as ${pick(random, brand.artStyles)}`,
    }),
  },
]
