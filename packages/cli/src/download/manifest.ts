import { imageSchema } from '@halftone/contracts'
import { z } from 'zod'
import { type Api, readAnswer } from '../api.ts'
import { Failure } from '../failure.ts'

const rowSchema = z.looseObject({
  index: z.int(),
  job_id: z.string(),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  images: z.array(imageSchema),
  metadata: z.record(z.string(), z.unknown()),
})
export type ManifestRow = z.infer<typeof rowSchema>

/** The jobs of a bulk that have pictures, in its order, with links that are good for a day. */
export async function* manifestOf(api: Api, bulk: string): AsyncGenerator<ManifestRow> {
  for await (const line of api.lines(`/v1/bulk/${encodeURIComponent(bulk)}/manifest`, {
    status: 'succeeded',
    format: 'jsonl',
  }))
    yield readAnswer(rowSchema, jsonOf(line))
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new Failure('unreachable', 'the list of pictures was cut off', {
      next: 'say the same again: what is there already is not fetched again',
      cause,
    })
  }
}
