import { type InputMask, toUsd } from '@halftone/contracts'
import type { JobRow } from '@halftone/ledger'

/** The mask leaves nothing as it was. */
export function isFullRepaint(mask: InputMask | null): boolean {
  return mask !== null && mask.maskedPixels === mask.width * mask.height
}

/** What its owner may want to know beside the result. */
export function jobNotes({ inputs, fresh }: Pick<JobRow, 'inputs' | 'fresh'>): string[] {
  if (!isFullRepaint(inputs.mask)) return []
  const { width, height } = inputs
  const instead =
    fresh === null ? '' : `; a new picture of ${width}x${height} would have cost about $${toUsd(fresh)}`
  return [`The mask covers the whole picture, so this is a full repaint${instead}.`]
}
