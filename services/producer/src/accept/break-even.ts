import {
  type BreakEven,
  type Candidate,
  type ImageRequest,
  type ModelSpec,
  modelKey,
  type Nano,
  type PriceOf,
  toUsd,
} from '@halftone/contracts'
import { toImageRequest } from '@halftone/routing'
import { isFullRepaint } from '../answers/job-notes.ts'
import type { JobPlanner } from './plan-job.ts'
import type { ReadJob } from './prepare-job.ts'

interface Market {
  planner: Pick<JobPlanner, 'consider'>
  models(): readonly ModelSpec[]
  priceOf: PriceOf
}

/** For an edit by mask: what it costs beside a new picture of the same size, and from which area on that is cheaper. */
export function breakEven(
  { planner, models, priceOf }: Market,
  job: ReadJob,
  ranked: readonly Candidate[],
): BreakEven | null {
  const { mask } = job.inputs
  if (job.body.operation !== 'edit' || !mask) return null
  const editors = models().filter((spec) =>
    ranked.some((candidate) => modelKey(candidate) === modelKey(spec)),
  )
  const asked = toImageRequest(job.body, job.inputs)
  const editCost = (maskedPixels: number) =>
    cheapest(editors, priceOf, { ...asked, mask: { ...mask, maskedPixels } })
  const edit = editCost(mask.maskedPixels)
  const regenerate = freshCost(planner, job)
  if (edit === null && regenerate === null) return null
  return {
    masked_pixels: mask.maskedPixels,
    full_repaint: isFullRepaint(mask),
    edit_cost_usd: edit === null ? null : toUsd(edit),
    regenerate_cost_usd: regenerate === null ? null : toUsd(regenerate),
    cheaper: regenerate === null || (edit !== null && edit <= regenerate) ? 'edit' : 'regenerate',
    break_even_pixels:
      edit === null || regenerate === null
        ? null
        : largestArea(mask.width * mask.height, (pixels) => (editCost(pixels) ?? regenerate) <= regenerate),
  }
}

/** What a new picture of this size costs at whoever asks least; null: nobody makes one. */
export function freshCost(planner: Pick<JobPlanner, 'consider'>, job: ReadJob): Nano | null {
  return least(planner.consider(regeneration(job)).ranked.map(({ cost_nano }) => cost_nano))
}

/** The same picture made anew: without inputs, and without the limits and the model that were meant for the edit. */
function regeneration(job: ReadJob): ReadJob {
  const { body, inputs } = job
  return {
    ...job,
    inputs: { ...inputs, images: [], mask: null },
    body: {
      ...body,
      operation: 'generate',
      image: undefined,
      mask: undefined,
      edit_kind: undefined,
      budget: undefined,
      routing: { ...body.routing, model: undefined },
    },
  }
}

function cheapest(specs: readonly ModelSpec[], priceOf: PriceOf, request: ImageRequest): Nano | null {
  return least(
    specs.map((spec) => {
      const quality = request.quality === 'auto' ? spec.default_quality : request.quality
      return priceOf(spec, request, quality).cost
    }),
  )
}

function least(costs: readonly (Nano | null)[]): Nano | null {
  return costs.reduce<Nano | null>(
    (low, cost) => (cost !== null && (low === null || cost < low) ? cost : low),
    null,
  )
}

/** The largest area of at most `all` pixels that passes; costs only grow with the area. null: all pass. */
function largestArea(all: number, passes: (pixels: number) => boolean): number | null {
  if (passes(all)) return null
  let [low, high] = [0, all]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (passes(middle)) low = middle
    else high = middle
  }
  return low
}
