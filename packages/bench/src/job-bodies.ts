import type { JobInput } from '@halftone/contracts'
import { prompts } from './prompts.ts'

/** Jobs as a scheduler sends them. */
export function scheduledJobs(count: number, common: Partial<JobInput> = {}): JobInput[] {
  return Array.from({ length: count }, (_, place) => ({
    prompt: `${prompts[place % prompts.length]}, post ${place}`,
    size: '1024x1024',
    metadata: { campaign: 'autumn', post: place },
    ...common,
  }))
}
