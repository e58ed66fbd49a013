export { type Guess, tag } from './tag.ts'
export { tagJob } from './tag-job.ts'
