import { type JobInput, pick, seededRandom } from '@halftone/contracts'
import { products } from './brand.ts'
import { weighted } from './schedule.ts'
import { slots } from './slots.ts'

/** How long an hour of a provider's batch window is in the demo: enough for a lot to be drawn by this machine. */
export function patientTerms(jobs: number) {
  const hourMs = 2_000 + 4 * jobs
  const reserveMs = 45_000 + 15 * jobs
  // a tenth of the time left is never planned with
  const deadlineMs = Math.ceil(((24 * hourMs + reserveMs) / 0.9) * 1.1) + 60_000 + 50 * jobs
  return { hourMs, reserveMs, deadlineMs }
}

/** What the stack must be told, so that a day of batches passes in minutes. */
export function patientEnv(jobs: number): Record<string, string> {
  const { hourMs, reserveMs } = patientTerms(jobs)
  return {
    HALFTONE_BATCH_HOUR_MS: String(hourMs),
    HALFTONE_BATCH_RESERVE_MS: String(reserveMs),
    HALFTONE_LOT_COLLECT_MS: '6000',
    HALFTONE_LOT_LINES: String(Math.max(4, Math.ceil(jobs / 25))),
    HALFTONE_LOT_POLL_MS: '1000',
  }
}

/** Posts that can wait, of a quality that few models reach: the same for the same seed. */
export function writePatientSchedule(options: {
  jobs: number
  seed: number
  now: number
  catalogue: 'current' | 'reference'
  images: readonly string[]
}): JobInput[] {
  const random = seededRandom(options.seed)
  const total = slots.reduce((sum, slot) => sum + slot.weight, 0)
  const deadline = new Date(options.now + patientTerms(options.jobs).deadlineMs).toISOString()
  return Array.from({ length: options.jobs }, (_, index) => {
    const metadata = { slug: `patient-${String(index + 1).padStart(5, '0')}` }
    // the reference text has one batch tier: edits by predefined mask templates
    if (options.catalogue === 'reference')
      return { ...templateEdit(random, options.images), deadline, metadata }
    const { prompt, content_type } = weighted(random, slots, total).job(random)
    return {
      prompt,
      content_type,
      size: '1024x1024',
      quality_floor: 0.84,
      deadline,
      metadata,
    }
  })
}

const templates = ['center_square', 'bottom_half', 'background_frame'] as const

function templateEdit(random: () => number, images: readonly string[]): JobInput {
  return {
    operation: 'edit',
    prompt: `Put ${pick(random, products)} there instead`,
    image: pick(random, images),
    mask_template: pick(random, templates),
    routing: { model: 'deepseek/janus' },
  }
}

/** One lot expires in the middle and one loses lines: what they leave undone is done at the live tier. */
export async function troubleLots(simulator: string, provider: string): Promise<void> {
  for (const kind of ['expire_lot', 'lose_lines']) {
    const body = JSON.stringify({ provider, kind, times: 1 })
    const response = await fetch(`${simulator}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    if (!response.ok) throw new Error(`the simulator refused the fault ${kind}: ${await response.text()}`)
  }
}
