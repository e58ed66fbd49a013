import { loadCatalogue } from '@halftone/catalogue'
import { createLedger } from '@halftone/ledger'
import { createMarket } from '@halftone/market'
import { createSignals } from '@halftone/queue'

// One process that follows prices as every service does, and tells its parent when it uses a new one.

const [databaseUrl = '', redisUrl = ''] = process.argv.slice(2)
const ledger = createLedger({ url: databaseUrl, maxConnections: 2 })
const signals = createSignals({ redisUrl, onFault: () => {} })
const market = createMarket({
  catalogue: await loadCatalogue('reference'),
  simulated: true,
  loadPrices: () => ledger.prices.current(),
  signals,
  clock: Date.now,
  log: { warn: () => {} },
})
await signals.start()
await market.start()
market.onChange((view, what) => {
  if (what === 'prices') process.send?.({ version: view.priceVersion, at: Date.now() })
})
process.send?.({ ready: true })
process.on('disconnect', () => process.exit(0))
