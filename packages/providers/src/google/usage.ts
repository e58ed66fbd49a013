import type { TokenStream } from '@halftone/contracts'
import type { Billed, Usage } from '../image-provider.ts'
import type { WireUsage } from './wire.ts'

type Counts = WireUsage['promptTokensDetails']

/** Every stream is named, also at 0: what a failed call did not make is not owed. */
export function readUsage(wire: WireUsage): Usage {
  const { promptTokensDetails: into, candidatesTokensDetails: out } = wire
  const prompt = wire.promptTokenCount ?? total(into)
  const made = wire.candidatesTokenCount ?? total(out)
  const imageIn = of(into, 'IMAGE')
  // Without a split: all that comes out is picture, the dearer of the two.
  const textOut = out?.length ? Math.max(0, made - of(out, 'IMAGE')) : 0
  const tokens: Partial<Record<TokenStream, number>> = {
    text_in: Math.max(0, prompt - imageIn),
    image_in: imageIn,
    image_out: out?.length ? of(out, 'IMAGE') : made,
    text_out: textOut,
    reasoning_out: wire.thoughtsTokenCount ?? 0,
  }
  return { tokens }
}

export function billedBy({ tokens = {} }: Usage): Billed {
  return Object.values(tokens).some((count) => count > 0) ? 'yes' : 'no'
}

function of(counts: Counts, modality: string): number {
  return total(counts?.filter((one) => one.modality === modality))
}

function total(counts: Counts): number {
  return (counts ?? []).reduce((sum, { tokenCount }) => sum + tokenCount, 0)
}
