import { type Bench, type BenchContext, type Measured, ratioOf } from './bench.ts'
import { accept } from './benches/accept.ts'
import { fairness } from './benches/fairness.ts'
import { memory } from './benches/memory.ts'
import { pipeline } from './benches/pipeline.ts'
import { plan } from './benches/plan.ts'
import { price } from './benches/price.ts'
import { quote } from './benches/quote.ts'
import { tag } from './benches/tag.ts'

/** Those that need the same stack stand together; `accept` comes after those that its backlog could disturb. */
export const benches: readonly Bench[] = [plan, quote, tag, price, pipeline, memory, accept, fairness]

export interface Result extends Measured {
  ratio: number | null
}

/** Runs one after the other, each alone on the machine. */
export async function runBenches(
  chosen: readonly Bench[],
  context: BenchContext,
  onResult: (bench: Bench, result: Result) => void,
): Promise<Record<string, Result>> {
  const results: Record<string, Result> = {}
  for (const bench of chosen) {
    context.say(`${bench.name}: ${bench.what}`)
    const measured = await bench.run(context)
    const result = { ...measured, ratio: ratioOf(measured) }
    results[bench.name] = result
    onResult(bench, result)
  }
  return results
}
