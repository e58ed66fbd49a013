import type { MaskEdits } from '@halftone/contracts'

/** How a mask travels to one provider. */
export interface MaskForm {
  /** Which of its pixels the provider changes. */
  edits: MaskEdits
  /**
   * `soft`: the provider documents that grey is changed in part, so ours goes out as it is. `hard`: two levels; half
   * and more counts as edit, as in the bill.
   */
  levels: 'hard' | 'soft'
  /** A longer file is refused there. */
  bytesMax?: number
}

/** The forms that several providers share. */
export const transparentMask: MaskForm = { edits: 'transparent', levels: 'hard' }
export const whiteMask: MaskForm = { edits: 'white', levels: 'hard' }
export const blackMask: MaskForm = { edits: 'black', levels: 'hard' }
