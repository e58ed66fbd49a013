export { editKindOf } from './edit-kind.ts'
export { type Guess, tag } from './tag.ts'
export { tagJob, tagJobInWords } from './tag-job.ts'
