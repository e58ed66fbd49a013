import { poolAnswerSchema } from '@halftone/contracts'
import { table } from '@halftone/terminal'
import { z } from 'zod'
import { readAnswer } from '../api.ts'
import { usageFailure } from '../failure.ts'
import { defineVerb, positionals } from '../verb.ts'
import { age } from '../words.ts'

const poolsSchema = z.object({ data: z.array(poolAnswerSchema) })

const told: Record<string, string> = {
  pause: 'starts nothing new until "halftone pools resume"',
  drain: 'starts nothing new, and is drained once its calls are over',
  resume: 'is used again',
}

export const pools = defineVerb({
  name: 'pools',
  summary: 'take a provider out of work, and back',
  usage: `halftone pools [pause PROVIDER | drain PROVIDER | resume PROVIDER]

What the operator said of every provider's pool, and what is under way there. With the admin key: HALFTONE_ADMIN_KEY,
or the stack that runs here.

  pause PROVIDER    nothing new starts there; calls that are out come to their end, and others take what waits
  drain PROVIDER    the same, and its status becomes "drained" once nothing is under way
  resume PROVIDER   use it again`,
  options: {},
  async run({ positionals: given }, { api, show, now }) {
    const [verb, ...rest] = given
    if (verb === undefined) {
      const answer = await (await api()).operate('GET', '/admin/v1/pools')
      show(answer, () => {
        const rows = readAnswer(poolsSchema, answer).data.map((pool) => [
          pool.id,
          pool.status,
          pool.since === null ? '' : age(pool.since, now()),
          String(pool.waiting),
          String(pool.running),
        ])
        return table(['provider', 'status', 'since', 'waiting', 'running'], rows, {
          text: ['provider', 'status'],
        })
      })
      return
    }
    if (!Object.hasOwn(told, verb))
      throw usageFailure(`"${verb}" is nothing that can be done to a pool`, 'use pause, drain or resume')
    const [provider = ''] = positionals(rest, ['PROVIDER'], 'pools')
    const path = `/admin/v1/pools/${encodeURIComponent(provider)}/${verb}`
    const answer = await (await api()).operate('POST', path)
    show(answer, () => {
      const pool = readAnswer(poolAnswerSchema, answer)
      return `${pool.id} ${told[verb]}; ${pool.running} under way`
    })
  },
})
