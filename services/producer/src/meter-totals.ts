import { Gauge, type Logger, type Registry } from '@halftone/service-kit'

/** Gauges that are read from the ledger when somebody asks for metrics: one reading for all of them. */
export function meterTotals<T>({
  registry,
  log,
  what,
  read,
  gauges,
}: {
  registry: Registry
  log: Logger
  /** For the log, where it cannot be read: "what is unknown". */
  what: string
  read(): Promise<T>
  gauges: readonly { name: string; help: string; figure(totals: T): number }[]
}): void {
  let reading: Promise<T | null> | null = null
  const totals = () => {
    reading ??= read()
      .catch((error: unknown) => {
        // the other metrics matter most while the database is away
        log.warn({ err: error }, `could not read ${what}`)
        return null
      })
      .finally(() => {
        reading = null
      })
    return reading
  }
  for (const { name, help, figure } of gauges)
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const read = await totals()
        if (read !== null) this.set(figure(read))
      },
    })
}
