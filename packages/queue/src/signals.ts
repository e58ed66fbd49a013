import {
  type Component,
  type Signal,
  type SignalName,
  type Signals,
  signalSchemas,
} from '@halftone/contracts'
import { connectRedis, whenReady } from './connect-redis.ts'
import { defaultPrefix } from './queue-names.ts'

export interface SignalsOptions {
  redisUrl: string
  /** Put before every channel's name: two systems may share a Redis. */
  prefix?: string
  /** Lost connections, unreadable messages and handlers that threw. */
  onFault?: (error: unknown) => void
}

/**
 * Typed publish/subscribe over Redis. Redis keeps no message: after a reconnect the subscriptions are made
 * anew first and `onGap` is called then, so that nothing falls between what was read and what is heard.
 */
export function createSignals(options: SignalsOptions): Signals & Component {
  const { redisUrl, prefix = defaultPrefix, onFault = () => {} } = options
  const listeners = new Map<string, Listeners>()
  // a message that cannot leave now is lost, not kept for later: it would be old news
  const publisher = connectRedis(
    redisUrl,
    { lazyConnect: true, enableOfflineQueue: false, commandTimeout: 2_000 },
    onFault,
  )
  const subscriber = connectRedis(
    redisUrl,
    {
      lazyConnect: true,
      connectionName: `${prefix}-signals`,
      maxRetriesPerRequest: null,
      autoResubscribe: false,
    },
    onFault,
  )

  subscriber.on('message', (channel: string, text: string) => {
    listeners.get(channel)?.hear(text)
  })
  let connectedBefore = false
  subscriber.on('ready', async () => {
    if (!connectedBefore) {
      connectedBefore = true
      return
    }
    try {
      if (listeners.size > 0) await subscriber.subscribe(...listeners.keys())
      for (const channel of listeners.values()) channel.gap()
    } catch (error) {
      // the connection broke again: the next "ready" repeats this
      onFault(error)
    }
  })

  return {
    name: 'signals',
    async start() {
      await Promise.all([whenReady(publisher), whenReady(subscriber)])
    },
    async stop() {
      publisher.disconnect()
      subscriber.disconnect()
    },
    async publish(name, message) {
      try {
        await publisher.publish(`${prefix}:signal:${name}`, JSON.stringify(message))
      } catch (error) {
        onFault(error)
      }
    },
    async subscribe(name, handler, onGap) {
      const channel = `${prefix}:signal:${name}`
      const known = listeners.get(channel) ?? createListeners(name, onFault)
      listeners.set(channel, known)
      known.add(handler, onGap)
      await subscriber.subscribe(channel)
    },
  }
}

interface Listeners {
  // `add` is only called with handlers of this channel's own signal
  add(handler: (message: never) => void, onGap: (() => void) | undefined): void
  hear(text: string): void
  gap(): void
}

function createListeners<N extends SignalName>(name: N, onFault: (error: unknown) => void): Listeners {
  const handlers: ((message: never) => void)[] = []
  const onGaps: (() => void)[] = []
  const guarded = (call: () => void) => {
    try {
      call()
    } catch (error) {
      onFault(error)
    }
  }
  return {
    add(handler, onGap) {
      handlers.push(handler)
      if (onGap) onGaps.push(onGap)
    },
    hear: (text) =>
      guarded(() => {
        const message = signalSchemas[name].parse(JSON.parse(text)) as Signal<N>
        for (const handler of handlers) guarded(() => handler(message as never))
      }),
    gap: () => onGaps.forEach(guarded),
  }
}
