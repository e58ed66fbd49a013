import { z } from 'zod'

/** What one layer of the plan found. `failures` names the seed that shows each again. */
export const layerReportSchema = z.object({
  ok: z.boolean(),
  layer: z.string(),
  cases: z.number(),
  failures: z.array(z.object({ seed: z.number(), what: z.string() })),
  seconds: z.number(),
})
export type LayerReport = z.infer<typeof layerReportSchema>

/** What every layer is told. `short`: what a test run has time for. */
export interface LayerOptions {
  seed: number
  short: boolean
  say(text: string): void
}
