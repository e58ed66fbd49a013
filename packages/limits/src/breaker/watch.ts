import type { Clock, Component } from '@halftone/contracts'
import { z } from 'zod'
import { type BreakerView, type BreakerWatch, parseBreakerId } from './breaker.ts'
import { createFleet, type Fleet, type FleetOptions } from './fleet.ts'

const keptSchema = z.object({
  state: z.enum(['open', 'closed']),
  epoch: z.number(),
  until_: z.number(),
  reason: z.string(),
})

/** One breaker as it was last read. */
interface Known {
  /** As kept: whether an open one is half open by now is for the clock to say. */
  open: boolean
  epoch: number
  reason: string
  /** By our monotonic clock. */
  until: number
}

/** The fleet's breakers, followed by announcements and, since those may be lost, by a slow beat. */
export interface FleetView extends BreakerWatch, Component {
  /** null: closed ever since anybody remembers. */
  known(id: string): Known | null
  /** The last good read is so old that this process had better go by what it knows itself. */
  isStale(): boolean
}

const beatMs = 2_000
const staleMs = 10_000

export interface WatchTimes {
  clock: Clock
  /** Never jumps. */
  monotonic: Clock
}

/** `serving`: providers whose calls this process makes; it has a vote there. */
export function followFleet(
  fleet: Fleet,
  {
    clock,
    monotonic,
    serving = [],
    onBeat = () => {},
  }: WatchTimes & { serving?: readonly string[]; onBeat?(): void },
  onFault: (error: unknown) => void,
): FleetView {
  const handlers: (() => void)[] = []
  let kept = new Map<string, Known>()
  let readAt = Number.NEGATIVE_INFINITY
  let beat: NodeJS.Timeout | undefined
  let turn: NodeJS.Timeout | undefined
  let reading: Promise<void> | null = null
  let again = false
  let stopped = false

  const tell = () => {
    for (const handler of handlers) handler()
  }
  const read = async () => {
    const askedAt = monotonic()
    const { now, states } = await fleet.read(serving)
    if (stopped) return
    const next = new Map(
      [...states].map(([id, json]): [string, Known] => {
        const { state, epoch, until_, reason } = keptSchema.parse(JSON.parse(json))
        return [id, { open: state === 'open', epoch, reason, until: askedAt + until_ - now }]
      }),
    )
    readAt = askedAt
    const news = next.size !== kept.size || [...next].some(([id, { epoch }]) => kept.get(id)?.epoch !== epoch)
    kept = next
    awaitTurn()
    if (news) tell()
  }
  /** One that turns half open does so by the clock alone, unannounced. */
  const awaitTurn = () => {
    clearTimeout(turn)
    const due = [...kept.values()].filter(({ open, until }) => open && until > monotonic())
    if (due.length === 0) return
    const first = Math.min(...due.map(({ until }) => until))
    turn = setTimeout(
      () => {
        awaitTurn()
        tell()
      },
      Math.max(0, first - monotonic()) + 1,
    )
  }
  /** At most one read at a time; news during one is served by the next. */
  const refresh = (): void => {
    if (stopped) return
    if (reading) {
      again = true
      return
    }
    reading = read()
      .catch(onFault)
      .then(() => {
        reading = null
        if (again) refresh()
        again = false
      })
  }
  return {
    name: 'breakers',
    async start() {
      await fleet.listen(refresh)
      // without Redis it starts all the same: every breaker counts as closed until the first read
      await read().catch(onFault)
      beat = setInterval(() => {
        refresh()
        onBeat()
      }, beatMs)
    },
    async stop() {
      stopped = true
      clearInterval(beat)
      clearTimeout(turn)
      await reading
      fleet.close()
    },
    known: (id) => kept.get(id) ?? null,
    isStale: () => monotonic() - readAt > staleMs,
    states: () =>
      [...kept].flatMap(([id, { open, until, reason }]): BreakerView[] => {
        if (!open) return []
        const leftMs = until - monotonic()
        const state = leftMs > 0 ? 'open' : 'half_open'
        return [{ ...parseBreakerId(id), state, reason, until: Math.round(clock() + leftMs) }]
      }),
    onChange: (handler) => void handlers.push(handler),
  }
}

/** Follows the fleet's breakers without a part in them: for whoever shows or plans. */
export function createBreakerWatch(
  options: Omit<FleetOptions, 'instance' | 'reset'> & WatchTimes,
): BreakerWatch & Component {
  const { onFault = () => {} } = options
  const fleet = createFleet({ ...options, instance: '', reset: { firstMs: 0, maxMs: 0 } })
  return followFleet(fleet, options, onFault)
}
