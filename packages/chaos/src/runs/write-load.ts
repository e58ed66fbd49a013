import { type JobInput, pick, type Random, seededRandom } from '@halftone/contracts'

/** A job that is posted alone, under a key that it is posted again with until it is answered. */
export interface SinglePost {
  key: string
  body: JobInput
  /** When, as a part of the run. */
  at: number
  /** Posted to two producers at the same moment. */
  twice: boolean
  cancelAfterMs: number | null
  quoted: boolean
  /** By the project whose budget is too small for all of its jobs. */
  poor: boolean
}

export interface Load {
  bulk: JobInput[]
  singles: SinglePost[]
}

const subjects = [
  'Product photo of a matte black kettle on a slate counter',
  'Portrait of a baker dusted with flour, 85mm lens',
  'Poster with the headline "OPEN AT SIX" in bold letters',
  'Flat app icon of a delivery bicycle, user interface',
  'Minimal vector logo: a pine tree growing from a cup',
  'Illustration of a fox who runs a cafe, gouache on paper',
  '3D render of a stoneware mug in soft clay, isometric',
  'Infographic that explains how a pour-over is made',
]
const sizes = ['1024x1024', '1024x1024', '1216x832', '832x1216']
const policies = ['auto', 'auto', 'hold', 'resubmit'] as const

/** `count` jobs as a customer would post them, the same for the same seed. Every prompt carries `canary`. */
export function writeLoad(options: {
  seed: number
  count: number
  canary: string
  /** Pictures that were uploaded before: edits use them. */
  picture: string
  mask: string
}): Load {
  const random = seededRandom(options.seed ^ 0x10ad)
  const alone = Math.ceil(options.count * 0.4)
  const bulk = Array.from({ length: options.count - alone }, (_, place) =>
    writeJob(random, `bulk-${place}`, options, true),
  )
  const singles = Array.from({ length: alone }, (_, place): SinglePost => {
    const key = `single-${options.seed}-${place}`
    const poor = random() < 0.15
    const quoted = !poor && random() < 0.1
    return {
      key,
      body: writeJob(random, key, options, !poor),
      at: (place + random()) / alone,
      twice: random() < 0.2,
      cancelAfterMs: random() < 0.08 ? Math.round(random() * 4_000) : null,
      quoted,
      poor,
    }
  })
  return { bulk, singles }
}

/** So soon that some jobs under it expire. */
export function shortDeadline(): string {
  return new Date(Date.now() + 15_000).toISOString()
}

function writeJob(
  random: Random,
  name: string,
  { canary, picture, mask }: { canary: string; picture: string; mask: string },
  /** Whether the pictures are its project's. */
  mayEdit: boolean,
): JobInput {
  const edit = random() < 0.06 && mayEdit
  const ending = random()
  return {
    operation: edit ? 'edit' : 'generate',
    prompt: `${pick(random, subjects)}, ${canary} ${name}`,
    size: edit ? undefined : pick(random, sizes),
    ...(edit ? { image: picture, mask, edit_kind: 'inpaint' } : {}),
    routing: {
      on_unknown: pick(random, policies),
      policy: random() < 0.5 ? 'weighted' : 'cheapest',
      batch: 'never',
    },
    ...(ending < 0.04 ? { deadline: shortDeadline() } : {}),
    priority: Math.floor(random() * 5),
    metadata: { name },
  }
}
