import { parseArgs } from 'node:util'
import { benches } from './run-benches.ts'

export interface BenchOptions {
  json: string | undefined
  /** Names; undefined = all. */
  only: string[] | undefined
  quick: boolean
}

export const usage = `bench: how fast Halftone is on this machine, each beside its baseline in the same run

  --only NAME   one or more, with commas: ${benches.map(({ name }) => name).join(', ')}
  --json FILE   the figures as JSON too: {name: {value, baseline, ratio, unit}}
  --quick       tiny sizes, to see that it runs`

/** The options, or what is wrong with them; an empty text asks for help. */
export function parseOptions(args: string[]): BenchOptions | string {
  try {
    const { values } = parseArgs({
      args,
      options: {
        json: { type: 'string' },
        only: { type: 'string', multiple: true },
        quick: { type: 'boolean', default: false },
        help: { type: 'boolean' },
      },
    })
    if (values.help) return ''
    const only = values.only?.flatMap((names) => names.split(',')).filter(Boolean)
    const unknown = only?.find((name) => !benches.some((bench) => bench.name === name))
    if (unknown !== undefined) return `there is no bench "${unknown}"`
    return { json: values.json, only, quick: values.quick }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
