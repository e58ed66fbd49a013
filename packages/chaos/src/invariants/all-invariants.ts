import { alwaysMoving } from './always-moving.ts'
import { booksBalance } from './books-balance.ts'
import { endsTold } from './ends-told.ts'
import type { Facts, Invariant } from './facts.ts'
import { intentFirst } from './intent-first.ts'
import { nothingLeaked } from './nothing-leaked.ts'
import { nothingLost } from './nothing-lost.ts'
import { paidOnce } from './paid-once.ts'
import { picturesKept } from './pictures-kept.ts'
import { sameAnswer } from './same-answer.ts'
import { sumsEqual } from './sums-equal.ts'
import { unknownExplained } from './unknown-explained.ts'
import { withinBudget } from './within-budget.ts'

export const invariants = {
  I1: nothingLost,
  I2: paidOnce,
  I3: intentFirst,
  I4: sumsEqual,
  I5: picturesKept,
  I6: unknownExplained,
  I7: withinBudget,
  I8: booksBalance,
  I9: endsTold,
  I10: sameAnswer,
  I11: nothingLeaked,
  I12: alwaysMoving,
} as const satisfies Record<string, Invariant>
export type InvariantName = keyof typeof invariants

/** What each of them finds wrong. */
export function judge(facts: Facts): Record<InvariantName, string[]> {
  const names = Object.keys(invariants) as InvariantName[]
  return Object.fromEntries(names.map((name) => [name, invariants[name](facts)])) as Record<
    InvariantName,
    string[]
  >
}
