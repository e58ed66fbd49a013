import {
  type Candidate,
  type Floors,
  type JobBody,
  type ModelSpec,
  modelKey,
  type Nano,
  type Tag,
} from '@halftone/contracts'
import type { JobInputs } from '@halftone/ledger'
import { type Planner, type Routed, toRouteRequest, type Waits } from '@halftone/routing'
import { closeNames, unknownName } from './close-names.ts'
import { nearestSizes, type Size } from './nearest-sizes.ts'
import { whyNobody } from './why-nobody.ts'

/** A plan that has a choice. */
export type Chosen = Routed & { choice: Candidate }

interface ToPlan {
  body: JobBody
  inputs: JobInputs
  tag: Tag
  dueMs: number
  projectId: string
  /** The most that it may cost, beside its own limit. */
  maxTotal?: Nano | null
}

export interface JobPlanner {
  /**
   * Who would do it if nothing were waiting. A provider that is out just now is planned without, as long as somebody
   * is left; when only such a one could do the job, the job is accepted and waits. Throws when nobody ever could.
   */
  plan(job: ToPlan): Chosen
  /** The same as an answer to a question: `choice` is null when nobody ever could. Throws for names that nobody has. */
  consider(job: ToPlan): Routed
  /** The size of the answer where the caller leaves it to us: as it is if somebody makes it so, else the nearest. */
  fit(job: ToPlan): Size
}

const sizesTried = 24

const idle: Waits = { key: 'idle', of: () => 0 }

export function createJobPlanner(options: {
  models: () => readonly ModelSpec[]
  /** Plans on the market as it is. */
  live: Pick<Planner, 'plan'>
  /** Plans on the same market with everybody well. */
  healthy: Pick<Planner, 'plan'>
  /** A project's own floors. */
  floorsOf(projectId: string): Floors | undefined
}): JobPlanner {
  const weigh = ({ body, inputs, tag, dueMs, projectId, maxTotal = null }: ToPlan) => {
    checkNames(body, options.models())
    const floors = options.floorsOf(projectId)
    const route = toRouteRequest(body, inputs, tag, { dueMs, avoid: [], maxTotal, floors })
    const now = options.live.plan(route, idle).routed
    return { route, routed: isChosen(now) ? now : options.healthy.plan(route, idle).routed }
  }
  return {
    plan(job) {
      const { route, routed } = weigh(job)
      if (isChosen(routed)) return routed
      throw whyNobody(route, routed, {
        models: options.models(),
        plan: (lifted) => options.healthy.plan(lifted, idle).routed,
      })
    },
    consider(job) {
      const { routed } = weigh(job)
      return isChosen(routed) ? routed : { ...routed, choice: null }
    },
    fit({ body, inputs, ...terms }) {
      // what it may cost and how long it may take does not make the picture another
      const asked = { ...body, budget: undefined, latency: undefined, quality_floor: undefined }
      const own = { width: inputs.width, height: inputs.height }
      const nearest = nearestSizes(options.models(), body.operation, own)
        .toSorted((a, b) => bend(a, own) - bend(b, own))
        .slice(0, sizesTried)
      const fits = [own, ...nearest].find(
        (size) => weigh({ ...terms, body: asked, inputs: { ...inputs, ...size } }).routed.choice !== null,
      )
      return fits ?? own
    },
  }
}

/** How far one shape is from another, in steps of a twentieth: a picture that is bent is worse than one that is scaled. */
function bend(a: Size, b: Size): number {
  return Math.round(Math.abs(Math.log((a.width * b.height) / (a.height * b.width))) * 20)
}

/** There is a choice that keeps to what was asked. */
export function isChosen(routed: Routed): routed is Chosen {
  // nothing waits on an idle market: a latency that is missed here is always missed
  return routed.choice !== null && !routed.latencyMissed
}

/** A name that nobody has is a slip of the pen: said so, rather than found as "nobody can". */
function checkNames({ routing }: JobBody, models: readonly ModelSpec[]): void {
  if (routing.model === undefined && !routing.allow && !routing.deny) return
  const keys = new Set(models.map(modelKey))
  if (routing.model !== undefined && !keys.has(routing.model))
    throw unknownName('/routing/model', routing.model, closeNames(routing.model, keys))
  const all = new Set([...keys, ...models.map((model) => model.provider)])
  for (const list of ['allow', 'deny'] as const)
    for (const [i, name] of (routing[list] ?? []).entries())
      if (!all.has(name)) throw unknownName(`/routing/${list}/${i}`, name, closeNames(name, all))
}
