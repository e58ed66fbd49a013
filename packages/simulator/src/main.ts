import { parseConfig } from './config.ts'
import { createSimulator } from './simulator.ts'

async function main(): Promise<void> {
  const simulator = createSimulator(parseConfig(process.env))
  await simulator.start()
  const stop = () => void simulator.stop().then(() => process.exit(0))
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  // A supervisor that was killed sends no signal: its end of the channel closes.
  process.once('disconnect', stop)
  console.log(`simulator ready at ${simulator.url}`)
  process.send?.({ ready: true, port: Number(new URL(simulator.url).port) })
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})
