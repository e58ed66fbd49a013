import type { BreakerState, Outcome } from '@halftone/contracts'

/** What one breaker guards: a model class of an account at a provider, or (`model` null) the account as a whole. */
export interface BreakerKey {
  provider: string
  account: string
  model: string | null
}

/** A breaker that is not closed, as the fleet agreed on it. */
export interface BreakerView extends BreakerKey {
  state: Exclude<BreakerState, 'closed'>
  reason: string
  /** Epoch ms, by this process's clock: when it turns (or turned) half open. */
  until: number
}

/** The fleet's breakers as this process knows them; at most two seconds old while Redis answers. */
export interface BreakerWatch {
  /** Those that are not closed. */
  states(): BreakerView[]
  /** Called when a breaker opened, turned half open or closed. */
  onChange(handler: () => void): void
}

export interface CallVerdict {
  /** `neutral` (refusals, callers' mistakes, 429, our own cancels) never counts. */
  health: Outcome['verdict']
  code: string | null
}

/** Leave to make one call. Its verdict counts only as long as the breaker is what it was when the call began. */
export interface Pass {
  /** This is the fleet's one call to a provider on probation. */
  probe: boolean
  /** How the call ended. Frees the probe. Never throws: without Redis the local breaker alone knows. */
  record(verdict: CallVerdict): Promise<void>
  /** There was no call, or its end is not known. Frees the probe; after `record` it does nothing. */
  release(): Promise<void>
}

export type Gate =
  | { kind: 'pass'; pass: Pass }
  /** `fleet`: nobody may call, so the job is planned anew; `local`: it is this process alone that had bad luck. */
  | { kind: 'shut'; by: 'fleet' | 'local'; reason: string }

/**
 * Circuit breakers per provider, account and model class, shared by all processes over Redis. A process judges by its
 * own calls (opossum, fed after each call); the fleet opens when enough processes voted for it, or at once when the
 * account itself is refused. Half open, one real call is out at a time in the whole fleet; two good ones close it, a
 * bad one opens it for twice as long.
 */
export interface Breakers extends BreakerWatch {
  gate(key: BreakerKey & { model: string }): Promise<Gate>
  /** What a free call showed of the account as a whole. */
  probed(key: BreakerKey, fault: string | null): Promise<void>
  /** Votes for closing the account off as a whole. */
  accuse(key: BreakerKey, reason: string): Promise<void>
  /** Called with every fault from the third in a row on: this process's calls to an account, whatever their model. */
  onFaults(handler: (run: FaultRun) => void): void
  /** Monotonic ms of the last good call at this provider's account by this process; null: none. */
  lastGood(key: BreakerKey): number | null
}

/** Faults at one account since the last good call there. */
export interface FaultRun {
  account: BreakerKey
  faults: number
  /** How many models they were of. */
  models: number
}

/** No call can succeed until somebody acts. */
export const accountFaults: readonly string[] = ['provider_auth', 'provider_out_of_credit']
/** The provider does not know this model as we name it. */
export const modelFaults: readonly string[] = ['provider_config']

/** `provider/account/model`, with `*` for the account as a whole; only the last may hold a "/". */
export function breakerId({ provider, account, model }: BreakerKey): string {
  return `${provider}/${account}/${model ?? '*'}`
}

export function parseBreakerId(id: string): BreakerKey {
  const [provider = '', account = '', ...rest] = id.split('/')
  const model = rest.join('/')
  return { provider, account, model: model === '*' ? null : model }
}
