import type { LotRow } from '@halftone/ledger'
import { createLoop, type Loop } from '@halftone/service-kit'
import type { LotDependencies } from './lot-desk.ts'

/** A lot in hand: by its fence this process may write. */
export interface Grip {
  lot: LotRow
  fence: bigint
  /** Aborted when somebody else may have it, or this process stops. */
  lost: AbortSignal
  /** Surely nobody else has it: only then may it be sent. */
  isSure(): boolean
}

export interface Grips {
  /** null: it is held, has ended, or we hold it already. */
  take(lotId: string): Promise<Grip | null>
  letGo(grip: Grip): Promise<void>
  /** Keeps the leases. */
  loop: Loop
  /** All of them, at a stop. */
  dropAll(): Promise<void>
}

type Parts = Pick<LotDependencies, 'lots' | 'settings' | 'monotonic' | 'log'>

/** The leases of this process's lots. They are asked for three times as often as they run out. */
export function createGrips({ lots, settings, monotonic, log }: Parts): Grips {
  const { owner, leaseMs } = settings
  const held = new Map<string, { until: number; lose: AbortController }>()
  const everyMs = Math.floor(leaseMs / 3)

  const forget = (lotId: string) => {
    held.get(lotId)?.lose.abort()
    held.delete(lotId)
  }
  return {
    async take(lotId) {
      if (held.has(lotId)) return null
      const askedAt = monotonic()
      const lot = await lots.hold(lotId, owner, leaseMs)
      if (!lot) return null
      const entry = { until: askedAt + leaseMs / 2, lose: new AbortController() }
      held.set(lotId, entry)
      const isSure = () => held.get(lotId) === entry && monotonic() < entry.until
      return { lot, fence: lot.fence, lost: entry.lose.signal, isSure }
    },
    async letGo({ lot }) {
      forget(lot.id)
      await lots.release(owner, [lot.id])
    },
    loop: createLoop({
      name: 'keep lots',
      spacingMs: everyMs,
      beatMs: everyMs,
      log,
      async work() {
        const askedAt = monotonic()
        const ids = [...held.keys()]
        const kept = new Set(await lots.extend(owner, leaseMs, ids))
        for (const id of ids) {
          const entry = held.get(id)
          if (kept.has(id) && entry) entry.until = askedAt + leaseMs / 2
          else forget(id)
        }
        return undefined
      },
    }),
    async dropAll() {
      const ids = [...held.keys()]
      for (const id of ids) forget(id)
      await lots.release(owner, ids)
    },
  }
}
