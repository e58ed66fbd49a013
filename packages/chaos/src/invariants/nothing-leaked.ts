import type { Facts } from './facts.ts'

/** I11: keys and prompts are nowhere but where they belong. */
export function nothingLeaked({ leaks }: Facts): string[] {
  return leaks
}
