import { z } from 'zod'

export const cutLines = ['redis', 'postgres', 'simulator'] as const
export const cutKinds = ['reset', 'latency', 'slice', 'half_open'] as const
export const providerFaults = [
  'down',
  'hang',
  'reset_after_paid',
  'rate_limit',
  'slow',
  'refuse',
  'cut_body',
  'bad_json',
] as const
export const providers = ['openai', 'replicate', 'stability'] as const

const ms = z.number()
/** One thing that goes wrong. */
export const faultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('kill'), part: z.string() }),
  /** Frozen for so long, then woken. */
  z.object({ kind: z.literal('pause'), part: z.string(), ms }),
  z.object({ kind: z.literal('redis'), how: z.enum(['kill', 'flush', 'wipe']) }),
  z.object({ kind: z.literal('postgres'), how: z.literal('kill') }),
  z.object({
    kind: z.literal('provider'),
    provider: z.enum(providers),
    how: z.enum(providerFaults),
    rate: z.number(),
    ms,
  }),
  /** `chance` picks the rule among those that there are then. */
  z.object({ kind: z.literal('price'), chance: z.number(), factor: z.number() }),
  z.object({ kind: z.literal('cut'), line: z.enum(cutLines), how: z.enum(cutKinds), ms }),
])
export type Fault = z.infer<typeof faultSchema>

export interface Scheduled {
  /** Since the run began. */
  atMs: number
  /** Its kind in the report. */
  name: string
  fault: Fault
}

/** What became of a fault. */
export interface Struck extends Scheduled {
  /** Epoch ms. */
  begunAt: number
  endedAt: number
  /** False: its victim was not there, being started again after an earlier fault. */
  met: boolean
  /** How many calls this fault may leave of which nobody knows whether they were paid. */
  unknownMax: number
  detail: string
}
