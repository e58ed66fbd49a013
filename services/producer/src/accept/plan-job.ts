import {
  type Candidate,
  type Floors,
  type JobBody,
  type ModelSpec,
  modelKey,
  type Tag,
} from '@halftone/contracts'
import type { JobInputs } from '@halftone/ledger'
import { type Planner, type Routed, toRouteRequest, type Waits } from '@halftone/routing'
import { closeNames, unknownName } from './close-names.ts'
import { whyNobody } from './why-nobody.ts'

/** A plan that has a choice. */
export type Chosen = Routed & { choice: Candidate }

interface ToPlan {
  body: JobBody
  inputs: JobInputs
  tag: Tag
  dueMs: number
  projectId: string
}

export interface JobPlanner {
  /**
   * Who would do it if nothing were waiting. A provider that is out just now is planned without, as long as somebody
   * is left; when only such a one could do the job, the job is accepted and waits. Throws when nobody ever could.
   */
  plan(job: ToPlan): Chosen
  /** The same as an answer to a question: `choice` is null when nobody ever could. Throws for names that nobody has. */
  consider(job: ToPlan): Routed
}

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
  const weigh = ({ body, inputs, tag, dueMs, projectId }: ToPlan) => {
    checkNames(body, options.models())
    const route = toRouteRequest(body, inputs, tag, {
      dueMs,
      avoid: [],
      maxTotal: null,
      floors: options.floorsOf(projectId),
    })
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
  }
}

function isChosen(routed: Routed): routed is Chosen {
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
