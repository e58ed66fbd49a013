import type { Gate } from '@halftone/limits'
import { type ImageProvider, ProviderError } from '@halftone/providers'
import type { Dependencies } from './dependencies.ts'
import type { Order } from './order.ts'
import { healthOf } from './verdict.ts'

const probeMsMax = 10_000

/**
 * Asks the breaker for leave to make this call. A call that is the fleet's one probe goes out only after a free call
 * showed that key and host work: a provider that is still down costs no job an attempt.
 */
export async function passGate(
  { provider, spec }: Order,
  deps: Pick<Dependencies, 'breakers'>,
): Promise<Gate> {
  const gate = await deps.breakers.gate({ provider: provider.id, account: provider.id, model: spec.model })
  if (gate.kind === 'shut' || !gate.pass.probe) return gate
  const fault = await freeCall(provider)
  if (fault === null) return gate
  await gate.pass.record({ health: 'fault', code: fault })
  return { kind: 'shut', by: 'fleet', reason: `a free call to it still fails: ${fault}` }
}

/** null: nothing speaks against the provider. */
export async function freeCall(provider: ImageProvider): Promise<string | null> {
  try {
    await provider.probe(AbortSignal.timeout(probeMsMax))
    return null
  } catch (error) {
    if (!(error instanceof ProviderError)) return 'provider_down'
    return healthOf(error.code) === 'fault' ? error.code : null
  }
}
