import type { Picture } from '../pictures.ts'
import { suite } from '../suite.ts'

/** Pictures of one prompt by these models; their bytes are their models' names. */
export function picturesOf(promptId: string, models: readonly string[]): Picture[] {
  const prompt = suite.find(({ id }) => id === promptId)!
  return models.map((key) => ({
    task: { id: `${promptId}/${key}`, prompt, contender: { key, size: '64x64', usd: '0.01' } },
    bytes: Buffer.from(key),
    format: 'png',
    usd: '0.01',
    file: '',
  }))
}
