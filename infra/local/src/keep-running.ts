const restartWindowMs = 60_000
/** A part that could not be started again (what it needs may be away for a moment) is tried after this. */
const tryAgainMs = 500

interface Part {
  exited: Promise<unknown>
  stop(): Promise<void>
}

/**
 * Keeps a part running: one that ends by itself is started again, and so is one that does not get ready again, up to
 * `restartsMax` times in a minute; then `onBroken` hears why. Its first start may fail: that is thrown.
 */
export async function keepRunning<T extends Part>(
  name: string,
  start: () => Promise<T>,
  options: { restartsMax: number; say(text: string): void; onBroken(reason: string): void },
): Promise<{ first: T; stop(): Promise<void> }> {
  const { restartsMax, say, onBroken } = options
  const deaths: number[] = []
  let stopping = false
  const first = await start()
  let current: T = first
  let restarting: Promise<void> = Promise.resolve()

  async function startAgain(how: string): Promise<void> {
    for (let reason = how; !stopping; ) {
      const now = Date.now()
      deaths.push(now)
      if (deaths.filter((at) => now - at < restartWindowMs).length > restartsMax)
        return onBroken(`${name} ${reason}, for the ${restartsMax + 1}th time in a minute`)
      say(`${name} ${reason}: starting it again`)
      try {
        current = await start()
        if (stopping) await current.stop()
        else watch(current)
        return
      } catch (error) {
        reason = `did not start: ${error instanceof Error ? error.message : error}`
        await new Promise((resolve) => setTimeout(resolve, tryAgainMs))
      }
    }
  }
  const watch = (part: T) =>
    part.exited.then((how) => {
      if (!stopping) restarting = startAgain(typeof how === 'string' ? how : `ended with code ${how}`)
    })
  watch(first)
  return {
    first,
    async stop() {
      stopping = true
      await current.stop()
      await restarting
    },
  }
}
