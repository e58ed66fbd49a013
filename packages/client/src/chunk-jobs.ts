import type { JobInput } from './wire.ts'

export interface JobChunk {
  /** Which chunk it is, and the place of its first job in the source; both from 0. */
  index: number
  first: number
  /** Each job as JSON. */
  jobs: string[]
}

/** Well below the 64 MB of a bulk. */
const charsMax = 8_000_000

/** Equal sources make equal chunks. */
export async function* chunkJobs(
  source: AsyncIterable<JobInput> | Iterable<JobInput>,
  size: number,
): AsyncGenerator<JobChunk> {
  let chunk: JobChunk = { index: 0, first: 0, jobs: [] }
  let chars = 0
  for await (const job of source) {
    const text = JSON.stringify(job)
    if (chunk.jobs.length > 0 && (chunk.jobs.length >= size || chars + text.length > charsMax)) {
      yield chunk
      chunk = { index: chunk.index + 1, first: chunk.first + chunk.jobs.length, jobs: [] }
      chars = 0
    }
    chunk.jobs.push(text)
    chars += text.length
  }
  if (chunk.jobs.length > 0) yield chunk
}
