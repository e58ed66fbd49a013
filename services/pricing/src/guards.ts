import { createHash } from 'node:crypto'
import type { PriceRule } from '@halftone/contracts'
import type { QuarantineFinding, QuarantineRow } from '@halftone/ledger'
import { amountsOf, scaled } from './amounts.ts'
import { bandClass, nonsense, outOfBand } from './bands.ts'
import { lostClasses } from './rule-classes.ts'
import { sameTerms } from './rule-difference.ts'

export interface Verdict {
  accepted: PriceRule[]
  findings: QuarantineFinding[]
  /** Held rows that this refresh says again, and that are believed now. */
  confirmed: number[]
  /** False: the refresh was not looked into, so what is held otherwise stays held. */
  complete: boolean
}

type Bound = Pick<QuarantineRow, 'id' | 'kind' | 'ruleId' | 'digest' | 'state' | 'reading' | 'firstSeen'>

export interface GuardInput {
  readings: readonly PriceRule[]
  /** What is known by id: the book, or what the source said last. */
  known: ReadonlyMap<string, PriceRule>
  /** Ids of those that this source has set before. */
  own: ReadonlySet<string>
  /** What was held of this source, or decided for good. */
  bound: readonly Bound[]
  /** Epoch ms. */
  now: number
}

const leapFactor = 5n
/** So long may a feed lack a rule, or its price, before that is news about the model and not about the feed. */
const absenceMs = 24 * 3_600_000

/**
 * Judges one refresh of a source before anything of it is believed. What is not accepted leaves the last good price as it
 * is, and becomes a finding: a leap and a shrunken refresh are believed when said again, an absence after a day, nonsense
 * only when the operator says so.
 */
export function guard(input: GuardInput): Verdict {
  const { own, known, bound } = input
  const read = new Set(input.readings.map(({ id }) => id))
  const missing = [...own].filter((id) => !read.has(id))
  const shrunk = shrinkage(input, missing)
  const answered = shrunk && bound.find((row) => row.kind === 'shrunk' && row.digest === shrunk.digest)
  if (shrunk && !answered) return { accepted: [], findings: [shrunk], confirmed: [], complete: false }
  if (answered?.state === 'refused') return { accepted: [], findings: [], confirmed: [], complete: false }

  const verdict: Verdict = { accepted: [], findings: [], confirmed: [], complete: true }
  if (answered?.state === 'held') verdict.confirmed.push(answered.id)
  const slipped = new Set(
    input.readings.filter((rule) => outOfBand(rule) && !isKnown(rule, known)).map(bandClass),
  )
  for (const rule of input.readings) judge(rule, findingOf(rule, known, slipped), input, verdict)
  for (const id of missing) {
    const rule: PriceRule = { ...known.get(id)!, status: 'retired' }
    const finding = {
      kind: 'gone',
      ruleId: id,
      reason: 'is no longer listed',
      reading: rule,
      digest: 'gone',
    } as const
    judge(rule, finding, input, verdict)
  }
  return verdict
}

function isKnown(rule: PriceRule, known: GuardInput['known']): boolean {
  const last = known.get(rule.id)
  return last !== undefined && sameTerms(rule, last)
}

/** Accepts a rule without a finding, or one whose finding was answered; else writes the finding down. */
function judge(
  rule: PriceRule,
  finding: QuarantineFinding | null,
  { bound, now }: GuardInput,
  verdict: Verdict,
): void {
  const row = finding && bound.find(({ ruleId, digest }) => ruleId === rule.id && digest === finding.digest)
  if (row?.state === 'refused') return
  const waited = row && row.firstSeen.getTime() <= now - absenceMs
  const confirmed =
    row?.state === 'held' && (finding?.kind === 'leap' || (finding?.kind === 'gone' && waited))
  if (confirmed) verdict.confirmed.push(row.id)
  if (!finding || confirmed) verdict.accepted.push(rule)
  else verdict.findings.push(finding)
}

/** More than a tenth of what it said before is missing, or all prices of a sort: that is the feed's trouble, not the models'. */
function shrinkage(
  { readings, known, own, bound }: GuardInput,
  missing: readonly string[],
): QuarantineFinding | null {
  const letIn = new Set(
    bound.flatMap(({ kind, state, reading }) =>
      kind === 'shrunk' && state === 'released' && 'missing' in reading ? reading.missing : [],
    ),
  )
  const rules = missing.filter((id) => !letIn.has(id))
  const before = [...own].flatMap((id) => known.get(id) ?? [])
  const classes = lostClasses(before, readings).filter((name) => !letIn.has(name))
  const many = rules.length * 10 > own.size
  if (!many && classes.length === 0) return null
  const lost = [...(many ? rules : []), ...classes].sort()
  const reason = many
    ? `${rules.length} of ${own.size} known rules are missing`
    : `no rule has ${classes.join(' or ')} any more`
  const digest = createHash('sha256').update(lost.join('\n')).digest('hex')
  return { kind: 'shrunk', ruleId: null, reason, reading: { missing: lost }, digest }
}

function findingOf(
  rule: PriceRule,
  known: GuardInput['known'],
  slipped: ReadonlySet<string>,
): QuarantineFinding | null {
  if (isKnown(rule, known)) return null
  const last = known.get(rule.id)
  const finding = (kind: QuarantineFinding['kind'], reason: string): QuarantineFinding => ({
    ...{ kind, ruleId: rule.id, reason, reading: rule },
    digest: `${rule.status} ${figures(rule)}`,
  })
  const reason = nonsense(rule, last)
  if (reason) return finding('nonsense', reason)
  // a wrong unit is a whole file's, though only its cheapest prices fall out of the band
  if (slipped.has(bandClass(rule)))
    return finding('nonsense', 'stands beside prices out of band: a slip of units?')
  if (last?.status === 'known' && rule.status === 'unknown') return finding('gone', 'lost its price')
  if (last && leapt(rule, last)) return finding('leap', `moved more than ${leapFactor} times`)
  return null
}

function leapt(rule: PriceRule, last: PriceRule): boolean {
  const before = amountsOf(last)
  return amountsOf(rule).some(({ component, amount }, index) => {
    const old = before[index]
    if (amount === null || !old || old.amount === null || old.component.kind !== component.kind) return false
    const [a, b] = [scaled(old.amount), scaled(amount)]
    return b > a * leapFactor || a > b * leapFactor
  })
}

function figures(rule: PriceRule): string {
  return amountsOf(rule)
    .map(({ amount }) => amount)
    .join(' ')
}
