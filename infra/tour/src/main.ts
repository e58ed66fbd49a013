import { loadCatalogue } from '@halftone/catalogue'
import { createTemporaryStack } from '@halftone/local'
import { claims } from './all-claims.ts'
import { createDesk } from './desk.ts'
import { printFinding } from './print-finding.ts'
import { createReckoner } from './reckoner.ts'
import { takeTour } from './take-tour.ts'

// `tour`: what a guide of 2026 says of prices and routing, shown on a running stack, one claim after the other.

const usage = `tour: what a pricing guide of 2026 claims, shown live on its own models and prices

It starts a stack in a temporary folder, takes no options and ends with 0 if every claim is true.`

const [option] = process.argv.slice(2)
if (option !== undefined) {
  console.log(usage)
  process.exit(option === '--help' ? 0 : 2)
}

const temporary = await createTemporaryStack({
  name: 'tour',
  env: { ...process.env, HALFTONE_CATALOGUE: 'reference' },
  say: (text) => console.log(`  ${text}`),
  async onBroken(reason) {
    console.error(`\nthe stack broke: ${reason}; what the services said is in ${temporary.logFile}`)
    await temporary.end(false)
    process.exit(1)
  },
})
let good = false
try {
  console.log('starting the stack on this machine, with the models and prices of the guide')
  const stack = await temporary.start()
  if (!stack.simulator) throw new Error('the simulator did not start')
  const desk = createDesk({ ...stack, simulator: stack.simulator })
  const reckoner = createReckoner(await loadCatalogue('reference'))
  console.log(`
"call" is a call to that stack. "reckoned" is its routing and prices in this process, as if every provider had a key:
for providers that Halftone has no adapter for, and for what would take thousands of jobs to see.`)
  const { holding } = await takeTour(claims, { desk, reckoner }, printFinding)
  good = holding === claims.length
  console.log(`\n${holding} of ${claims.length} claims are true`)
} catch (error) {
  console.error(`\nthe tour ended early: ${error instanceof Error ? error.message : error}`)
}
if (!good) console.error(`what the services said is in ${temporary.logFile}`)
await temporary.end(good)
process.exit(good ? 0 : 1)
