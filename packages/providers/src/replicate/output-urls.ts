import { failure } from '../failure.ts'
import type { Prediction } from './wire.ts'

/**
 * A model puts out a URL (of a host, or a data URL), a list of them, or an object that holds either. Throws if there is none:
 * the run succeeded and is billed, but its pictures are not there (any more).
 */
export function outputUrls(prediction: Prediction): string[] {
  const urls = urlsIn(prediction.output)
  if (urls.length > 0) return urls
  const why = prediction.data_removed ? 'its data was removed' : 'its output holds no URL'
  throw failure('Replicate', 'bad_answer', {
    billed: 'yes',
    cause: new Error(`prediction ${prediction.id} succeeded, but ${why}`),
  })
}

function urlsIn(output: unknown): string[] {
  if (typeof output === 'string') return /^(https?:|data:image\/)/.test(output) ? [output] : []
  if (Array.isArray(output)) return output.flatMap(urlsIn)
  if (typeof output === 'object' && output !== null) return Object.values(output).flatMap(urlsIn)
  return []
}
