import type { ParseArgsOptionsConfig } from 'node:util'
import { usageFailure } from './failure.ts'

/** The fields of a job that a person types. Everything else goes into a file. */
export const jobFlags = {
  prompt: { type: 'string' },
  size: { type: 'string' },
  operation: { type: 'string' },
  n: { type: 'string' },
  steps: { type: 'string' },
  quality: { type: 'string' },
  mode: { type: 'string' },
  'content-type': { type: 'string' },
  image: { type: 'string' },
  mask: { type: 'string' },
  'edit-kind': { type: 'string' },
  'select-prompt': { type: 'string' },
  'mask-template': { type: 'string' },
  'max-cost-per-image': { type: 'string' },
  'max-ms': { type: 'string' },
  policy: { type: 'string' },
  model: { type: 'string' },
} as const satisfies ParseArgsOptionsConfig

export type JobFlags = { [K in keyof typeof jobFlags]?: string }

export const jobFlagsUsage = `  --prompt TEXT              what to draw
  --size WxH                 like 1024x1024
  --operation NAME           generate, edit or variation (edit, if there is an image)
  --image, --mask FILE       a picture on disk, a file_ id or an https URL
  --edit-kind NAME           inpaint, outpaint, style-transfer, …
  --select-prompt TEXT       what to look for, where words stand for a mask
  --mask-template NAME       a predefined mask
  --n, --steps N             images; inference steps
  --quality, --mode NAME     low, medium, high; standard, turbo, lcm
  --content-type NAME        logo, photorealistic, typography, …
  --max-cost-per-image USD   like 0.03
  --max-ms N                 how long it may take
  --policy NAME              cheapest, weighted, fastest, best
  --model NAME               this one and no other, like openai/gpt-image-2`

/** The job body that the flags describe; pictures are left to the caller. Empty if none was given. */
export function jobFromFlags(flags: JobFlags): Record<string, unknown> {
  const routing = defined({ policy: flags.policy, model: flags.model })
  const perImage = flags['max-cost-per-image']
  const maxMs = whole(flags['max-ms'], '--max-ms')
  return defined({
    operation: flags.operation,
    prompt: flags.prompt,
    size: flags.size,
    n: whole(flags.n, '--n'),
    steps: whole(flags.steps, '--steps'),
    quality: flags.quality,
    mode: flags.mode,
    content_type: flags['content-type'],
    edit_kind: flags['edit-kind'],
    select_prompt: flags['select-prompt'],
    mask_template: flags['mask-template'],
    budget: perImage === undefined ? undefined : { max_cost_per_image_usd: perImage },
    latency: maxMs === undefined ? undefined : { max_ms: maxMs },
    routing: Object.keys(routing).length > 0 ? routing : undefined,
  })
}

function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function whole(text: string | undefined, flag: string): number | undefined {
  if (text === undefined || /^\d{1,9}$/.test(text)) return text === undefined ? undefined : Number(text)
  throw usageFailure(`${flag} "${text}" is not a whole number`, 'give one like 3000')
}
