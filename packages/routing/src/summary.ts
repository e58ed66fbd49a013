import { type Candidate, modelKey, type Plan, toUsd } from '@halftone/contracts'
import { budgetStage, qualityStage, tenths } from './exclusion.ts'
import type { Entry, Slate } from './slate.ts'
import type { TurnedAway } from './timely.ts'
import type { RouteRequest } from './types.ts'

/** How chance came into it. */
interface Drawn {
  /** Would have won, were it not out. */
  favourite: Entry | null
  /** 0..1: the chance that a candidate had. */
  shareOf(candidate: Candidate): number
}

type Choice = Pick<Plan, 'choice' | 'ranked' | 'policy' | 'affinity'> & { latencyMissed: boolean }

/** One sentence for people: who, at what price, and why not somebody else. */
export function summaryOf(
  plan: Choice,
  slate: Slate,
  drawn: Drawn,
  turnedAway: readonly TurnedAway[],
): string {
  const { request: route } = slate
  if (!plan.choice) return nobody(turnedAway)
  const spec = slate.entryOf(plan.choice)?.offer.spec
  const notes = [`${priced(plan.choice)}: ${why(plan, plan.choice, route, drawn)}`]
  if (slate.entryOf(plan.choice)?.offer.breaker === 'half_open')
    notes.push('it is the one call at a time that shows whether this provider is well again')
  const { format, operation } = route.request
  if (format !== null && spec && !spec.formats.includes(format))
    notes.push(`its png answer is turned into ${format}`)
  if (spec?.operations[operation]?.by === 'reference_edit')
    notes.push('it makes the variation as an edit with the picture as reference')
  notes.push(...affinityNotes(plan, plan.choice, slate, turnedAway))
  return notes.join('; ')
}

const leftOutShown = 2

/** Who was left out for what the picture is of, though measured or cheaper; and what it saves to know that. */
function affinityNotes(
  { affinity }: Choice,
  choice: Candidate,
  slate: Slate,
  turnedAway: readonly TurnedAway[],
): string[] {
  if (!affinity) return []
  const cost = choice.cost_nano ?? 0n
  const leftOut = turnedAway.filter(({ candidate, exclusion }) => {
    if (exclusion.stage !== qualityStage) return false
    const measured = slate.entryOf(candidate)?.offer.measured
    const isMeasured = affinity.labels.some((label) => measured?.[label] !== undefined)
    return isMeasured || (candidate.cost_nano !== null && candidate.cost_nano < cost)
  })
  const notes = leftOut
    .slice(0, leftOutShown)
    .map(({ candidate, exclusion }) => `${priced(candidate)} is left out: ${exclusion.reason}`)
  const { all_rounder } = affinity
  if (all_rounder && all_rounder.cost_nano > cost)
    notes.push(
      `knowing that it is ${affinity.labels.join(' or ')} saves $${toUsd(all_rounder.cost_nano - cost)}: the cheapest that is good enough at everything is ${modelKey(all_rounder)}`,
    )
  return notes
}

function why(plan: Choice, choice: Candidate, route: RouteRequest, { favourite, shareOf }: Drawn): string {
  const { ranked, policy } = plan
  const count = ranked.length
  if (plan.latencyMissed)
    return `nobody can answer within ${tenths(route.latency?.maxMs ?? 0)} now, and at about ${tenths(choice.expected_ms)} it is the fastest`
  if (route.quote && route.quote.within === null) {
    return `${count === 1 ? 'the only one' : `cheapest of ${count}`} that can keep the quote: nobody does it for what was quoted, and what exceeds that is not billed`
  }
  if (favourite)
    return `displaced from ${priced(favourite.candidate)}, which is out (${trouble(favourite)}); drawn by health and cost from ${count}${chance(shareOf(choice))}`
  if (count === 1) return 'the only one that can do it'
  switch (policy) {
    case 'cheapest':
      return `${cheapness(choice, ranked)}; next is ${priced(ranked[1]!)}`
    case 'weighted':
      return `drawn by health and cost from ${count}${chance(shareOf(choice))}`
    case 'fastest':
      return `fastest of ${count} that can do it, at about ${tenths(choice.expected_ms)}`
    case 'best':
      return `best of ${count} that can do it, with quality ${choice.quality}`
    default:
      return `chosen by policy ${policy} from ${count} that can do it`
  }
}

function cheapness(choice: Candidate, ranked: Candidate[]): string {
  const cheaper = ranked.some((other) => (other.cost_nano ?? 0n) < (choice.cost_nano ?? 0n))
  return cheaper
    ? `as good as the cheapest of ${ranked.length} that can do it, and quicker`
    : `cheapest of ${ranked.length} that can do it`
}

function trouble({ exclusion, offer }: Entry): string {
  return exclusion?.reason ?? `only ${Math.round(offer.health * 100)} % of its calls succeed`
}

function chance(share: number): string {
  return share < 1 ? `, with ${Math.round(share * 100)} % of the weight` : ''
}

/** The offer that came nearest, cheapest first: over budget that is the cheapest price known. */
function nobody(turnedAway: readonly TurnedAway[]): string {
  let nearest: TurnedAway | null = null
  for (const one of turnedAway) if (nearest === null || isNearer(one, nearest)) nearest = one
  if (!nearest) return 'nobody can do this: there are no models'
  const { candidate, exclusion } = nearest
  const cheapest = exclusion.stage === budgetStage ? 'the cheapest known price is that of ' : 'nearest is '
  return `nobody can do this now; ${cheapest}${modelKey(candidate)}: ${exclusion.reason}`
}

function isNearer(a: TurnedAway, b: TurnedAway): boolean {
  const stages = a.exclusion.stage - b.exclusion.stage
  if (stages !== 0) return stages > 0
  const cost = a.candidate.cost_nano
  return cost !== null && cost < (b.candidate.cost_nano ?? cost + 1n)
}

function priced(candidate: Candidate): string {
  return `${modelKey(candidate)} at $${candidate.cost_nano === null ? '?' : toUsd(candidate.cost_nano)}`
}
