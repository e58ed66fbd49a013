import type { Lots } from '@halftone/ledger'
import type { BatchDesk } from '@halftone/providers'
import type { Dependencies } from '../dependencies.ts'

export interface LotSettings {
  /** A lot is sent once it has waited so long, */
  collectMs: number
  /** or would have so many lines, or bytes. */
  linesMax: number
  bytesMax: number
  /** How often a provider is asked how a lot is. */
  pollMs: number
  /**
   * Of each deadline: the first third is for collecting; when two thirds are left a lot is canceled, when one is left its
   * lines are given up.
   */
  reserveMs: number
}

export type LotDependencies = Dependencies & { lots: Lots; lotSettings: LotSettings }

/** The batch API of a provider that this process has a key for. */
export function deskOf(provider: string, { providers }: Pick<Dependencies, 'providers'>): BatchDesk | null {
  return providers.get(provider)?.batch ?? null
}
