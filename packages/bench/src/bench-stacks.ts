import { createTemporaryStack, type Stack, type TemporaryStack } from '@halftone/local'
import type { StackKind } from './bench.ts'

export const instantConcurrency = 48
const noLimit = { requests_per_minute: 10_000_000, concurrent: instantConcurrency }

const settings: Record<StackKind, NodeJS.ProcessEnv> = {
  instant: {
    HALFTONE_SIM_LATENCY: '0',
    HALFTONE_LIMITS: JSON.stringify({ openai: noLimit, replicate: noLimit, stability: noLimit }),
  },
  lifelike: {},
}

/** Starts each kind of stack once, one at a time: two at once would share the machine. */
export function createBenchStacks(env: NodeJS.ProcessEnv, say: (text: string) => void) {
  let current: { kind: StackKind; temporary: TemporaryStack; stack: Stack } | null = null
  return {
    async of(kind: StackKind): Promise<Stack> {
      if (current?.kind === kind) return current.stack
      await current?.temporary.end(true)
      current = null
      say(`starting a stack (${kind})`)
      const temporary = await createTemporaryStack({
        name: 'bench',
        env: { ...env, HALFTONE_CATALOGUE: 'reference', HALFTONE_LOG_LEVEL: 'warn', ...settings[kind] },
        say,
        onBroken: (reason) => say(`the stack broke: ${reason}`),
      })
      current = { kind, temporary, stack: await temporary.start() }
      return current.stack
    },
    async end(): Promise<void> {
      await current?.temporary.end(true)
    },
  }
}
