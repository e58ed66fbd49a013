import { failure } from '../failure.ts'
import {
  alphaPng,
  type GreyMask,
  greyPng,
  hardened,
  inverted,
  isHard,
  readMask,
  resized,
} from './grey-mask.ts'
import type { MaskForm } from './mask-form.ts'

/**
 * Our canonical mask (8-bit grey, white = edit) as a provider reads one: equal masks edit equal pixels at each.
 * `size`: where the provider wants another than the picture's. Throws `invalid_request` with the reason for one that
 * the provider's form cannot hold; nothing was sent.
 */
export async function wireMask(
  provider: string,
  canonical: Uint8Array,
  form: MaskForm,
  size?: { width: number; height: number },
): Promise<Uint8Array> {
  const bytes = await converted(canonical, form, size)
  if (bytes.length <= (form.bytesMax ?? bytes.length)) return bytes
  const cause = new Error(`the mask takes ${bytes.length} bytes, ${form.bytesMax} are allowed`)
  throw failure(provider, 'invalid_request', { billed: 'no', cause })
}

async function converted(
  canonical: Uint8Array,
  form: MaskForm,
  size?: { width: number; height: number },
): Promise<Uint8Array> {
  const asItIs = form.edits === 'white' && size === undefined
  if (asItIs && form.levels === 'soft') return canonical
  const given = await readMask(canonical)
  if (asItIs && isHard(given)) return canonical
  return encode(size ? resized(given, size) : given, form)
}

function encode(given: GreyMask, { edits, levels }: MaskForm): Promise<Uint8Array> {
  const mask = levels === 'hard' ? hardened(given) : given
  switch (edits) {
    case 'transparent':
      return alphaPng(mask)
    case 'white':
      return greyPng(mask)
    case 'black':
      return greyPng(inverted(mask))
  }
}
