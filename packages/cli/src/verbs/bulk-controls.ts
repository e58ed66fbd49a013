import { type BulkAnswer, bulkAcceptedSchema, bulkAnswerSchema } from '@halftone/contracts'
import { dollars } from '@halftone/terminal'
import { z } from 'zod'
import { readAnswer } from '../api.ts'
import { usageFailure } from '../failure.ts'
import { totalsOf } from '../follow/totals.ts'
import { deadlineFrom } from '../schedule/deadline.ts'
import { defineVerb, positionals } from '../verb.ts'
import { counted } from '../words.ts'

const path = (id: string, verb: string) => `/v1/bulk/${encodeURIComponent(id)}/${verb}`

export const pause = control({
  name: 'pause',
  summary: 'start no more jobs of a bulk',
  says: 'What runs comes to its end; the rest waits for "halftone resume". Deadlines go on.',
  told: (bulk) => `${bulk.id} is ${bulk.status}: ${waiting(bulk)} wait until "halftone resume ${bulk.id}"`,
})

export const resume = control({
  name: 'resume',
  summary: 'go on with a paused bulk',
  says: 'One that is not paused stays as it is.',
  told: (bulk) => `${bulk.id} is ${bulk.status}: ${waiting(bulk)} to go`,
})

export const cancel = defineVerb({
  name: 'cancel',
  summary: 'give up a bulk or a job, but for what is paid for already',
  usage: `halftone cancel BULK|JOB

What has not started never will; its money is free again. Calls that are out come to their end. What has ended stays.`,
  options: {},
  async run({ positionals: given }, { api, show }) {
    const [id = ''] = positionals(given, ['BULK or JOB'], 'cancel')
    const isJob = id.startsWith('job_')
    const url = isJob ? `/v1/jobs/${encodeURIComponent(id)}/cancel` : path(id, 'cancel')
    const answer = await (await api()).send('POST', url)
    show(answer, () => {
      if (isJob) return `${id} is ${readAnswer(z.looseObject({ status: z.string() }), answer).status}`
      const bulk = readAnswer(bulkAnswerSchema, answer)
      return `${id} is ${bulk.status}: ${counted(totalsOf([bulk]).counts.canceled, 'job')} given up, ${dollars(bulk.cost_usd)} spent`
    })
  },
})

export const reschedule = defineVerb({
  name: 'reschedule',
  summary: 'another priority or deadline for what waits of a bulk',
  usage: `halftone reschedule BULK [--priority 0..4] [--deadline WHEN]

  --priority N       0 to 4; 0 comes first
  --deadline WHEN    8h, 07:00 or 2027-03-01T07:00

  halftone reschedule bulk_0190… --priority 0 --deadline 07:00`,
  options: { priority: { type: 'string' }, deadline: { type: 'string' } },
  async run({ values, positionals: given }, { api, show, now }) {
    const [id = ''] = positionals(given, ['BULK'], 'reschedule')
    const { priority, deadline } = values
    if (priority === undefined && deadline === undefined)
      throw usageFailure('nothing to change was given', 'give --priority, --deadline or both')
    if (priority !== undefined && !/^[0-4]$/.test(priority))
      throw usageFailure(`--priority "${priority}" is none`, 'give 0 to 4')
    const body = {
      ...(priority !== undefined && { priority: Number(priority) }),
      ...(deadline !== undefined && { deadline: deadlineFrom(deadline, now()).toISOString() }),
    }
    const answer = await (await api()).send('PATCH', `/v1/bulk/${encodeURIComponent(id)}`, { body })
    show(answer, () => `${id}: ${waiting(readAnswer(bulkAnswerSchema, answer))} to go, planned anew`)
  },
})

const retriedSchema = bulkAcceptedSchema.extend({
  skipped: z.object({ retried: z.int(), unknown: z.int() }).optional(),
})

export const retryFailed = defineVerb({
  name: 'retry-failed',
  summary: 'ask once more for the pictures that a bulk lacks',
  usage: `halftone retry-failed BULK [--budget USD] [--deadline WHEN] [--status failed,expired,canceled]

As a new bulk. Each job is asked for once more and no oftener, however often this is said; those that may have been paid
for are left out until that is known.

  --budget USD       what it may cost (else what is left of the budget of the bulk)
  --deadline WHEN    8h, 07:00 or 2027-03-01T07:00 (else 24 hours)
  --status NAMES     which (else failed and expired)`,
  options: { budget: { type: 'string' }, deadline: { type: 'string' }, status: { type: 'string' } },
  async run({ values, positionals: given }, { api, show, now }) {
    const [id = ''] = positionals(given, ['BULK'], 'retry-failed')
    const { budget, deadline, status } = values
    const body = {
      ...(status !== undefined && { statuses: status.split(',').map((one) => one.trim()) }),
      ...(budget !== undefined && { budget: { max_cost_usd: budget } }),
      ...(deadline !== undefined && { deadline: deadlineFrom(deadline, now()).toISOString() }),
    }
    const answer = await (await api()).send('POST', path(id, 'retry-failed'), { body })
    show(answer, () => {
      const { id: bulk, accepted, expected_usd, rejected, skipped } = readAnswer(retriedSchema, answer)
      const left = [
        ...(skipped?.retried ? [`${counted(skipped.retried, 'job')} asked for again before`] : []),
        ...(skipped?.unknown ? [`${counted(skipped.unknown, 'job')} that may have been paid for`] : []),
        ...(rejected.length > 0 ? [`${counted(rejected.length, 'job')} that nobody can do now`] : []),
      ]
      const out = left.length > 0 ? `\n  left out: ${left.join(', ')}` : ''
      return `  ${counted(accepted, 'job')} in ${bulk}, about ${dollars(expected_usd)}${out}\n  "halftone watch ${bulk}" shows how far it is`
    })
  },
})

function control(verb: {
  name: 'pause' | 'resume'
  summary: string
  says: string
  told(bulk: BulkAnswer): string
}) {
  return defineVerb({
    name: verb.name,
    summary: verb.summary,
    usage: `halftone ${verb.name} BULK\n\n${verb.says}\n\n  halftone ${verb.name} bulk_0190…`,
    options: {},
    async run({ positionals: given }, { api, show }) {
      const [id = ''] = positionals(given, ['BULK'], verb.name)
      const answer = await (await api()).send('POST', path(id, verb.name))
      show(answer, () => verb.told(readAnswer(bulkAnswerSchema, answer)))
    },
  })
}

function waiting(bulk: BulkAnswer): string {
  const { jobs, ended } = totalsOf([bulk])
  return counted(jobs - ended, 'job')
}
