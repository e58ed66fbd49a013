import { readFile } from 'node:fs/promises'
import { type JobInput, pick, seededRandom } from '@halftone/contracts'
import { editSlots, slots } from './slots.ts'

/** A picture of the brand, uploaded before the schedule is posted, with masks of its own. */
export interface BrandPicture {
  image: string
  masks: string[]
}

/** Sizes by shape that several models of the catalogue can make. */
const sizes = {
  current: {
    square: ['1024x1024'],
    wide: ['1344x768', '1216x832', '1024x1024'],
    tall: ['832x1216', '768x1344', '1024x1024'],
    any: ['1024x1024', '1216x832'],
    small: ['512x512', '1024x1024'],
  },
  reference: {
    square: ['1024x1024'],
    wide: ['1024x1024'],
    tall: ['1024x1024'],
    any: ['1024x1024'],
    small: ['1024x1024'],
  },
} as const

/**
 * A month of posts of one brand, `jobs` long, the same for the same seed: product shots, scenes, portraits, posters,
 * icons, infographics, and edits of its own pictures.
 */
export function writeSchedule(options: {
  jobs: number
  seed: number
  catalogue: 'current' | 'reference'
  pictures: readonly BrandPicture[]
}): JobInput[] {
  const random = seededRandom(options.seed)
  const shapes = sizes[options.catalogue]
  const total = slots.reduce((sum, slot) => sum + slot.weight, 0)
  return Array.from({ length: options.jobs }, (_, index) => {
    const metadata = {
      day: 1 + Math.floor((index / options.jobs) * 30),
      slug: `post-${String(index + 1).padStart(5, '0')}`,
    }
    if (options.pictures.length > 0 && random() < 0.08)
      return { ...writeEdit(random, options.pictures), metadata }
    const slot = weighted(random, slots, total)
    return { operation: 'generate', size: pick(random, shapes[slot.shape]), ...slot.job(random), metadata }
  })
}

function writeEdit(random: () => number, pictures: readonly BrandPicture[]): JobInput {
  const slot = weighted(
    random,
    editSlots,
    editSlots.reduce((sum, { weight }) => sum + weight, 0),
  )
  const picture = pick(random, pictures)
  return {
    operation: 'edit',
    ...slot.job(random),
    image: picture.image,
    ...(slot.masked ? { mask: pick(random, picture.masks) } : {}),
  }
}

/** One of the list, by weight; `total` is the sum of them. */
export function weighted<T extends { weight: number }>(
  random: () => number,
  list: readonly T[],
  total: number,
): T {
  let ticket = random() * total
  for (const item of list) {
    ticket -= item.weight
    if (ticket < 0) return item
  }
  return pick(random, list)
}

/**
 * Anybody's schedule: JSON lines, each a job body, or at least an object with a `prompt`; what a line carries besides
 * the fields of a job (labels, ids of a collection) is left out and said.
 */
export async function readSchedule(path: string): Promise<{ jobs: JobInput[]; ignored: string[] }> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim())
  const ignored = new Set<string>()
  const jobs = lines.map((line, index) => {
    let entry: Record<string, unknown>
    try {
      entry = JSON.parse(line)
    } catch {
      throw new Error(`${path}, line ${index + 1}: not JSON`)
    }
    const job: Record<string, unknown> = {}
    for (const [field, value] of Object.entries(entry)) {
      if (jobFields.has(field)) job[field] = value
      else ignored.add(field)
    }
    return job as JobInput
  })
  return { jobs, ignored: [...ignored] }
}

const jobFields = new Set([
  'operation',
  'prompt',
  'size',
  'n',
  'steps',
  'quality',
  'format',
  'seed',
  'mode',
  'content_type',
  'image',
  'mask',
  'edit_kind',
  'budget',
  'latency',
  'deadline',
  'run_at',
  'quality_floor',
  'routing',
  'metadata',
  'priority',
])
