import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { z } from 'zod'
import { type Api, createApi } from './api.ts'
import { findConnection } from './connection.ts'
import { usageFailure } from './failure.ts'

/** The world as a command sees it. */
export interface Terminal {
  env: NodeJS.ProcessEnv
  /** Where the command was given: file names are relative to it. */
  cwd: string
  /** The local stack's folder. */
  dir: string
  now(): number
  /** Waits; sooner over if interrupted. */
  pause(ms: number): Promise<void>
  /** Ctrl-C, once. */
  interrupted: AbortSignal
  /** Where a line is drawn over and over; null where nobody looks: a file, a pipe. */
  screen: { columns(): number; draw(line: string): void } | null
  /** Shows a URL to the person at this machine; false if there is nothing to show it with. */
  open(url: string): Promise<boolean>
  out(text: string): void
  err(text: string): void
  /** Asks for yes or no; absent: nobody is there to answer. */
  ask?(question: string): Promise<boolean>
}

export interface VerbContext extends Terminal {
  /** Finds the server on first use. Its calls are given up on Ctrl-C, unless they are for cleaning up. */
  api(options?: { evenInterrupted: true }): Promise<Api>
  /** Prints the answer as it came under --json, else in words. */
  show(answer: unknown, words: () => string): void
}

export interface Verb {
  name: string
  summary: string
  usage: string
  run(args: string[], terminal: Terminal): Promise<void>
}

const commonOptions = {
  json: { type: 'boolean' },
  api: { type: 'string' },
  key: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsOptionsConfig

const commonSchema = z.object({
  json: z.boolean().optional(),
  api: z.string().optional(),
  key: z.string().optional(),
  help: z.boolean().optional(),
})

export const commonUsage = `  --json        the answer as JSON, alone on stdout
  --api URL     the server (else HALFTONE_API, else the stack that runs here)
  --key KEY     your key (else HALFTONE_KEY, else that of the stack here)
  --help        this text`

type Parsed<O extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: O & typeof commonOptions; allowPositionals: true }>
>

/** A verb with its own options beside the common ones. `usage` begins with the synopsis. */
export function defineVerb<const O extends ParseArgsOptionsConfig>(verb: {
  name: string
  summary: string
  usage: string
  options: O
  run(parsed: Parsed<O>, context: VerbContext): Promise<void>
}): Verb {
  const { name, summary } = verb
  const usage = `${verb.usage}\n\n${commonUsage}`
  return {
    name,
    summary,
    usage,
    async run(args, terminal) {
      const parsed = parse({ ...verb.options, ...commonOptions }, args, name)
      const { api, key, json, help } = commonSchema.parse(parsed.values)
      if (help) return terminal.out(usage)
      await verb.run(parsed, {
        ...terminal,
        api: async (options) =>
          createApi(
            await findConnection({ ...terminal, api, key }),
            options?.evenInterrupted ? undefined : terminal.interrupted,
          ),
        show: (answer, words) => terminal.out(json ? JSON.stringify(answer, null, 2) : words()),
      })
    },
  }
}

function parse<const O extends ParseArgsOptionsConfig>(options: O, args: string[], name: string) {
  try {
    return parseArgs({ options, args, allowPositionals: true })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw usageFailure(message, `"halftone ${name} --help" lists what it takes`)
  }
}

/** Exactly these positional arguments, or a usage failure that names the missing or the additional one. */
export function positionals(given: string[], names: string[], verb: string): string[] {
  const next = `"halftone ${verb} --help" shows how to call it`
  if (given.length < names.length) throw usageFailure(`${names[given.length]} is missing`, next)
  if (given.length > names.length) throw usageFailure(`"${given[names.length]}" is one too many`, next)
  return given
}
