import { checkProviders } from '../check-providers.ts'
import { defineVerb, positionals } from '../verb.ts'
import { unknownOutcomes } from './unknown-outcomes.ts'

/** What is wrong, and how to mend it. */
export const doctor = defineVerb({
  name: 'doctor',
  summary: 'asks each provider that has a key by a free call; what is wrong, and what to do',
  usage: `halftone doctor
halftone doctor --unknown [--resolve ATTEMPT paid|free --note TEXT]

Reads the keys where the stack does (.env and the environment), on this machine. Ends with 1 if a provider is not well.

  --unknown            instead: calls of which nobody knows whether they were paid; their money stays held
  --resolve ATTEMPT    say that it was paid, or free
  --cost USD           what the provider charged; left out, the most it can have cost
  --note TEXT          how you know: kept with the books`,
  options: {
    unknown: { type: 'boolean' },
    resolve: { type: 'string' },
    cost: { type: 'string' },
    note: { type: 'string' },
  },
  async run({ values, positionals: given }, context) {
    if (values.unknown || values.resolve !== undefined) return unknownOutcomes(given, values, context)
    positionals(given, [], 'doctor')
    await checkProviders(context)
  },
})
