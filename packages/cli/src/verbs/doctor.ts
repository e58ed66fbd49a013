import { checkProviders } from '../check-providers.ts'
import { defineVerb, positionals } from '../verb.ts'

/** What is wrong, and how to mend it. */
export const doctor = defineVerb({
  name: 'doctor',
  summary: 'asks each provider that has a key by a free call; what is wrong, and what to do',
  usage: `halftone doctor

Reads the keys where the stack does (.env and the environment), on this machine. Ends with 1 if a provider is not well.`,
  options: {},
  async run({ positionals: given }, context) {
    positionals(given, [], 'doctor')
    await checkProviders(context)
  },
})
