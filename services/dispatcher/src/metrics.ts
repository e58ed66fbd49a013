import { Counter, Gauge, type Registry } from '@halftone/service-kit'

export type Metrics = ReturnType<typeof createMetrics>

export function createMetrics(registry: Registry) {
  const registers = [registry]
  return {
    leading: new Gauge({
      name: 'halftone_dispatcher_leading',
      help: '1 while this process leads',
      registers,
    }),
    backlog: new Gauge({
      name: 'halftone_dispatch_backlog_jobs',
      help: 'Planned jobs that wait for a pool',
      labelNames: ['pool'],
      registers,
    }),
    planned: new Counter({
      name: 'halftone_dispatch_planned_total',
      help: 'Jobs planned for a pool',
      labelNames: ['pool'],
      registers,
    }),
    spilled: new Counter({
      name: 'halftone_dispatch_spilled_total',
      help: 'Jobs planned elsewhere than without queues, to be in time',
      labelNames: ['pool'],
      registers,
    }),
    postponed: new Counter({
      name: 'halftone_dispatch_postponed_total',
      help: 'Times that nobody could do a job now',
      registers,
    }),
    dispatched: new Counter({
      name: 'halftone_dispatch_dispatched_total',
      help: 'Jobs ticketed for a pool',
      labelNames: ['pool'],
      registers,
    }),
    moved: new Counter({
      name: 'halftone_dispatch_moved_total',
      help: 'Waiting jobs planned anew, by what made it necessary',
      labelNames: ['cause'],
      registers,
    }),
    recovered: new Counter({
      name: 'halftone_dispatch_recovered_total',
      help: 'Jobs that a sweeper put back on their way, by what was lost',
      labelNames: ['lost'],
      registers,
    }),
  }
}
