import { crashPoints, lotPoints } from '@halftone/contracts'
import { z } from 'zod'

/** Lines of JSON between a process under test and the runner. Kinds are told apart by their one field. */

const arm = z.object({
  point: z.enum([...crashPoints, ...lotPoints]),
  /** It is reached when one of these is among the ids that the place is about. */
  ids: z.array(z.string()),
  /** All connections of the process are cut in the very turn in which it reaches the point. */
  cut: z.boolean(),
})
export type Arm = z.infer<typeof arm>

/** To the process. `go`: it may pass on; `arms`: all that are set, in place of those before; `cut`: now. */
export const toProcess = z.union([
  z.object({ arms: z.array(arm), version: z.number() }),
  z.object({ go: z.number() }),
  z.object({ cut: z.number() }),
])
export type ToProcess = z.infer<typeof toProcess>

/** To the runner. `armed`, `isCut`: done as told. */
export const toRunner = z.union([
  z.object({ hello: z.number(), main: z.string() }),
  z.object({ armed: z.number() }),
  z.object({ isCut: z.number() }),
  z.object({ reached: z.number(), point: z.enum([...crashPoints, ...lotPoints]), ids: z.array(z.string()) }),
])
export type ToRunner = z.infer<typeof toRunner>

/** Feeds whole lines to `onLine`, however the stream cuts them. */
export function lineReader(onLine: (line: string) => void): (chunk: string) => void {
  let rest = ''
  return (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  }
}
