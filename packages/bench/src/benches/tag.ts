import { tag as tagPrompt } from '@halftone/content-type'
import type { Bench } from '../bench.ts'
import { prompts } from '../prompts.ts'
import { perSecond } from '../rounds.ts'

export const tag: Bench = {
  name: 'tag',
  what: 'prompts given a content type, on one core',
  goal: '≥ 50,000/s',
  met: ({ value }) => value >= 50_000,
  async run({ sizes }) {
    let turn = 0
    // no two prompts are the same: nothing is gained by remembering one
    const value = perSecond(() => {
      turn++
      tagPrompt(`${prompts[turn % prompts.length]}, no. ${turn}`)
    }, sizes)
    return { value, baseline: null, unit: 'prompts/s' }
  },
}
