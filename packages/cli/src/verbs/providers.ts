import { providerAnswerSchema } from '@halftone/contracts'
import { table } from '@halftone/terminal'
import { z } from 'zod'
import { readAnswer } from '../api.ts'
import { defineVerb, positionals } from '../verb.ts'

const providersSchema = z.object({ data: z.array(providerAnswerSchema) })

export const providers = defineVerb({
  name: 'providers',
  summary: 'how every provider is doing',
  usage: `halftone providers

Health, breaker, limits and queue of every provider.`,
  options: {},
  async run({ positionals: given }, { api, show }) {
    positionals(given, [], 'providers')
    const answer = await (await api()).get('/v1/providers')
    show(answer, () => {
      const { data } = readAnswer(providersSchema, answer)
      const rows = data.map((one) => [
        one.simulated && one.status !== 'not_configured' ? `${one.id} (simulated)` : one.id,
        one.status.replace('_', ' '),
        `${Math.round(one.health * 100)} %`,
        one.breaker.replace('_', ' '),
        String(one.limits.requests_per_minute),
        String(one.limits.concurrent),
        String(one.depth.waiting),
        String(one.depth.running),
      ])
      const headings = [
        'provider',
        'status',
        'health',
        'breaker',
        'a minute',
        'at once',
        'waiting',
        'running',
      ]
      const trouble = data.flatMap(({ id, breakers }) =>
        breakers.map(
          ({ model, state, reason, until }) =>
            `${id}/${model}: ${state.replace('_', ' ')}${until ? `, tried again from ${until}` : ''} (${reason})`,
        ),
      )
      return [table(headings, rows, { text: ['provider', 'status', 'breaker'] }), ...trouble].join('\n')
    })
  },
})
