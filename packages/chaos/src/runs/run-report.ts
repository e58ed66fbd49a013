import type { Struck } from '../faults/fault.ts'
import type { InvariantName } from '../invariants/all-invariants.ts'

/** One run of layer C, as `chaos --json` writes it: the agreed fields first, then what explains them. */
export interface RunReport {
  ok: boolean
  seed: number
  jobs: number
  /** By kind: how many there were, those that met nobody included. */
  faults: Record<string, number>
  invariants: Record<InvariantName, boolean>
  payments: number
  /** Attempts of which the outcome is unknown at the end. */
  unknown: number
  ledger_nano: number
  simulator_nano: number
  seconds: number

  commit: string
  /** Of the jobs that were posted; the rest was refused, by a budget or as impossible by then. */
  accepted: number
  /** What each broken invariant found, and what kept the run from being one. */
  violations: Record<string, string[]>
  unknown_paid_nano: number
  /** Paid at a price that nobody could know yet when it was booked. */
  price_lag_nano: number
  /** Attempts whose outcome was unknown first and found out later. */
  resolved: number
  /** As it was at the first quiet moment, before anything was reconciled. */
  before_reconciliation: { unknown: number; ledger_nano: number; unknown_paid_nano: number; equal: boolean }
  statuses: Record<string, number>
  webhooks: { messages: number; deliveries: number; turned_away: number }
  /** Services that ended by themselves while what they need was away, and how often. */
  crashes: Record<string, number>
  /** The longest time without progress while at most one fault was active. */
  longest_still_ms: number
  trace: Struck[]
  /** Where the data of a failed run is. */
  folder: string | null
}
