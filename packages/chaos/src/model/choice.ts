import fc from 'fast-check'

const verbs = [
  'step',
  'accept',
  'bulk',
  'tag',
  'assign',
  'unassign',
  'dispatch',
  'end',
  'cancel',
  'late',
  'cancel-bulk',
  'give-back',
  'redispatch',
  'claim',
  'send',
  'submitted',
  'finish',
  'resolve',
  'extend',
  'lapse',
  'sweep',
  'budget',
  'price',
] as const

/** What chance decides of a command; what it means depends on the world it meets. */
export interface Choice {
  verb: (typeof verbs)[number]
  /** Which of the things that the verb can be applied to. */
  pick: number
  amount: number
  /** A second one, for what has two. */
  other: number
  /** The unusual way: an old generation or fence, a repeat, a limit. */
  odd: boolean
}

/** Two at the same time: what they leave must be what one after the other leaves. */
export type Command = Choice | { race: [Choice, Choice] }

const commandsMax = 60

/** Verbs that shape what happens, more often than those that only disturb. */
const weights: Partial<Record<Choice['verb'], number>> = {
  step: 22,
  accept: 5,
  bulk: 2,
  claim: 4,
  finish: 4,
  resolve: 2,
  lapse: 3,
  sweep: 2,
  cancel: 2,
  unassign: 1,
}

const choice = fc.record<Choice>({
  verb: fc.oneof(...verbs.map((verb) => ({ arbitrary: fc.constant(verb), weight: weights[verb] ?? 1 }))),
  pick: fc.nat(7),
  amount: fc.nat(199),
  other: fc.nat(199),
  odd: fc.boolean(),
})

const command = fc.oneof<[fc.WeightedArbitrary<Command>, fc.WeightedArbitrary<Command>]>(
  { arbitrary: choice, weight: 9 },
  { arbitrary: fc.tuple(choice, choice).map((pair): Command => ({ race: pair })), weight: 1 },
)
const upTo = (maxLength: number) => fc.array(command, { minLength: 1, maxLength, size: 'max' })

/** The life of one project: often a short one, so that many are lived, and up to 60 commands. */
export const commands = fc.oneof(
  { arbitrary: upTo(20), weight: 3 },
  { arbitrary: upTo(commandsMax), weight: 1 },
)
