import { toUsd } from '@halftone/contracts'
import { Counter, Histogram, type Registry } from '@halftone/service-kit'
import type { Meter } from './dependencies.ts'

export function createMeter(registry: Registry): Meter {
  const registers = [registry]
  const attempts = new Counter({
    name: 'halftone_attempts_total',
    help: 'Paid calls by how they ended',
    labelNames: ['provider', 'outcome'],
    registers,
  })
  const seconds = new Histogram({
    name: 'halftone_call_seconds',
    help: 'From the first byte sent to the pictures in hand',
    labelNames: ['provider'],
    buckets: [0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 13, 20, 30, 60, 120, 180],
    registers,
  })
  const settled = new Counter({
    name: 'halftone_settled_usd_total',
    help: 'Money settled; the ledger has the exact sums',
    labelNames: ['provider'],
    registers,
  })
  return {
    attempt: (provider, outcome) => attempts.inc({ provider, outcome }),
    callSeconds: (provider, value) => seconds.observe({ provider }, value),
    settled: (provider, cost) => settled.inc({ provider }, Number(toUsd(cost))),
  }
}
