import type { Reading } from './feed-rule.ts'

/**
 * How a feed calls what the catalogue calls otherwise: `provider/model` there, `provider/model` or
 * `provider/model#operation` here. Only what is listed is renamed: names that look alike are often other things.
 */
export type Names = Readonly<Record<string, string>>

export function ourName<R extends Pick<Reading, 'provider' | 'model' | 'operation'>>(
  names: Names,
  reading: R,
): R {
  const name = names[`${reading.provider}/${reading.model}`]
  const [, provider, model, operation] = /^([^/]+)\/([^#]+)(?:#(.+))?$/.exec(name ?? '') ?? []
  if (!provider || !model) return reading
  return { ...reading, provider, model, ...(operation ? { operation } : {}) }
}

export const litellmNames: Names = {
  'stability/stable-image-core': 'stability/core',
  'stability/stable-image-ultra': 'stability/ultra',
  'stability/inpaint': 'stability/stable-image-edit#inpaint',
  'stability/outpaint': 'stability/stable-image-edit#outpaint',
  'stability/erase': 'stability/stable-image-edit#erase',
  'stability/search-and-replace': 'stability/stable-image-edit#search-and-replace',
  'stability/search-and-recolor': 'stability/stable-image-edit#search-and-recolor',
  'stability/remove-background': 'stability/stable-image-edit#remove-background',
  'stability/style-transfer': 'stability/stable-image-edit#style-transfer',
}

export const portkeyNames: Names = {
  'stability-ai/core': 'stability/core',
  'stability-ai/ultra': 'stability/ultra',
  'stability-ai/sd3.5-large': 'stability/sd3.5-large',
  'stability-ai/sd3.5-large-turbo': 'stability/sd3.5-large-turbo',
  'stability-ai/sd3.5-medium': 'stability/sd3.5-medium',
}
