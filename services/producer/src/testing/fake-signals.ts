import type { Signal, SignalName, Signals } from '@halftone/contracts'

export interface FakeSignals extends Signals {
  published: { name: SignalName; message: unknown }[]
  /** Every message of this name that was published. */
  named<N extends SignalName>(name: N): Signal<N>[]
}

/** Signals within one process: what is published is heard at once. */
export function createFakeSignals(): FakeSignals {
  const handlers = new Map<SignalName, ((message: never) => void)[]>()
  const published: FakeSignals['published'] = []
  return {
    published,
    named: (name) =>
      published.filter((one) => one.name === name).map((one) => one.message as Signal<typeof name>),
    async publish(name, message) {
      published.push({ name, message })
      for (const handler of handlers.get(name) ?? []) handler(message as never)
    },
    async subscribe(name, handler) {
      handlers.set(name, [...(handlers.get(name) ?? []), handler])
    },
  }
}
