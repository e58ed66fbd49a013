import type { Clock } from '@halftone/contracts'

export interface OriginLanes<T> {
  /** Puts an item behind the others of its origin. */
  offer(origin: string, item: T): void
  /** True if more may be offered. Where there is no room, those who wait for an origin that does not answer are let go first. */
  makeRoom(): boolean
  inFlight(): number
  /** Resolves when nothing waits and nothing is in flight. */
  drained(): Promise<void>
}

export interface OriginLanesOptions<T> {
  /** In flight at once, over all origins. */
  concurrentMax: number
  concurrentPerOriginMax: number
  waitingMax: number
  /** Does one item; never rejects. True if the receiver keeps up. */
  run(item: T): Promise<boolean>
  /** Called when there is room again after `makeRoom` said no. */
  onRoom(): void
  now: Clock
}

interface Lane<T> {
  waiting: T[]
  inFlight: number
  /** How much of the origin's share it may use now. */
  limit: number
  lastMoveAt: number
  /** It stands in `turns`. */
  queued: boolean
}

const limitAtFirst = 4
const stuckMs = 2_000
const lanesMax = 10_000

/**
 * Shares the sender's connections among receivers, so that one who hangs does not hold up the others: each origin has
 * a lane, lanes take turns, and a lane's limit grows by one with each good answer and halves with each bad one.
 */
export function createOriginLanes<T>(options: OriginLanesOptions<T>): OriginLanes<T> {
  const lanes = new Map<string, Lane<T>>()
  const turns: Lane<T>[] = []
  const limitMax = options.concurrentPerOriginMax
  let inFlight = 0
  let waiting = 0
  let wantsRoom = false
  let onDrained = Promise.withResolvers<void>()

  const enqueue = (lane: Lane<T>) => {
    if (lane.queued || lane.waiting.length === 0 || lane.inFlight >= lane.limit) return
    lane.queued = true
    turns.push(lane)
  }
  const pump = () => {
    while (inFlight < options.concurrentMax) {
      const lane = turns.shift()
      if (!lane) break
      lane.queued = false
      const item = lane.waiting.shift()
      if (item !== undefined) start(lane, item)
      enqueue(lane)
    }
    if (wantsRoom && waiting < options.waitingMax / 2) {
      wantsRoom = false
      options.onRoom()
    }
    if (inFlight === 0 && waiting === 0) onDrained.resolve()
  }
  const start = async (lane: Lane<T>, item: T) => {
    inFlight++
    waiting--
    if (lane.inFlight++ === 0) lane.lastMoveAt = options.now()
    const keepsUp = await options.run(item)
    inFlight--
    lane.inFlight--
    lane.lastMoveAt = options.now()
    lane.limit = keepsUp ? Math.min(lane.limit + 1, limitMax) : Math.max(1, Math.floor(lane.limit / 2))
    enqueue(lane)
    pump()
  }
  const letGoStuck = () => {
    const now = options.now()
    for (const lane of lanes.values()) {
      if (lane.inFlight < lane.limit || now - lane.lastMoveAt < stuckMs) continue
      waiting -= lane.waiting.length
      lane.waiting = []
    }
  }
  const forgetIdle = () => {
    for (const [origin, lane] of lanes) {
      if (lane.inFlight === 0 && lane.waiting.length === 0) lanes.delete(origin)
    }
  }

  return {
    offer(origin, item) {
      let lane = lanes.get(origin)
      if (!lane) {
        if (lanes.size >= lanesMax) forgetIdle()
        const limit = Math.min(limitAtFirst, limitMax)
        lane = { waiting: [], inFlight: 0, limit, lastMoveAt: options.now(), queued: false }
        lanes.set(origin, lane)
      }
      lane.waiting.push(item)
      waiting++
      enqueue(lane)
      pump()
    },
    makeRoom() {
      if (waiting >= options.waitingMax) letGoStuck()
      wantsRoom = waiting >= options.waitingMax
      return !wantsRoom
    },
    inFlight: () => inFlight,
    drained() {
      if (inFlight === 0 && waiting === 0) return Promise.resolve()
      onDrained = Promise.withResolvers<void>()
      return onDrained.promise
    },
  }
}
