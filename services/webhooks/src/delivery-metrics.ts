import { Counter, Histogram, type Registry } from '@halftone/service-kit'

export interface DeliveryMetrics {
  observe(outcome: 'delivered' | 'failed', ms: number): void
}

export function createDeliveryMetrics(registry: Registry): DeliveryMetrics {
  const sent = new Counter({
    name: 'halftone_webhook_tries_total',
    help: 'Webhooks sent, by outcome',
    labelNames: ['outcome'],
    registers: [registry],
  })
  const seconds = new Histogram({
    name: 'halftone_webhook_seconds',
    help: 'Time that receivers take to answer',
    buckets: [0.01, 0.05, 0.2, 1, 5, 15],
    registers: [registry],
  })
  return {
    observe(outcome, ms) {
      sent.inc({ outcome })
      seconds.observe(ms / 1_000)
    },
  }
}
