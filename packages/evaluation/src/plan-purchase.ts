import { parseUsd } from '@halftone/contracts'
import type { Contender } from './shop.ts'
import type { SuitePrompt } from './suite.ts'

/** One picture to buy. */
export interface Task {
  id: string
  prompt: SuitePrompt
  contender: Contender
}

export interface Purchase {
  tasks: Task[]
  /** Nano-dollars, as quoted. */
  nano: bigint
  /** Prompts that the budget has no room for. */
  leftOut: number
}

/**
 * What a budget buys: prompt after prompt, each from every contender or from none, so that all are compared on the same
 * ones.
 */
export function planPurchase(
  prompts: readonly SuitePrompt[],
  contenders: readonly Contender[],
  budget: bigint,
): Purchase {
  const round = contenders.reduce((sum, { usd }) => sum + parseUsd(usd), 0n)
  const affordable = round === 0n ? prompts.length : Math.min(prompts.length, Number(budget / round))
  const tasks = prompts
    .slice(0, affordable)
    .flatMap((prompt) =>
      contenders.map((contender) => ({ id: `${prompt.id}/${contender.key}`, prompt, contender })),
    )
  return { tasks, nano: BigInt(affordable) * round, leftOut: prompts.length - affordable }
}

/** The job that buys it: this model and no other, whatever is known of it, and never twice. */
export function jobOf({ id, prompt, contender }: Task): Record<string, unknown> {
  return {
    prompt: prompt.prompt,
    size: contender.size,
    content_type: prompt.contentType,
    quality_floor: 0,
    routing: { model: contender.key, on_unknown: 'hold' },
    metadata: { evaluation: id },
  }
}
