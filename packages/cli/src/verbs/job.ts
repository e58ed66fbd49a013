import { jobAnswerSchema } from '@halftone/contracts'
import { readAnswer } from '../api.ts'
import { Failure } from '../failure.ts'
import { jobWords } from '../job-words.ts'
import { defineVerb, positionals } from '../verb.ts'

export const job = defineVerb({
  name: 'job',
  summary: 'one job: its pictures, what it cost and why',
  usage: `halftone job ID [--wait SECONDS] [--open]

  --wait SECONDS    wait for its end, 120 at most
  --open            show its pictures too, in the browser

  halftone job job_0190… --wait 30 --open`,
  options: { wait: { type: 'string' }, open: { type: 'boolean' } },
  async run({ values, positionals: given }, context) {
    const [id = ''] = positionals(given, ['ID'], 'job')
    const api = await context.api()
    const answer = await api.get(`/v1/jobs/${encodeURIComponent(id)}`, { wait: values.wait })
    context.show(answer, () => jobWords(readAnswer(jobAnswerSchema, answer)))
    if (!values.open) return
    const { images, status } = readAnswer(jobAnswerSchema, answer)
    if (images.length === 0)
      throw new Failure('failed', `${id} is ${status}: there is no picture to open`, {
        next: `"halftone watch ${id}" waits for its end`,
      })
    for (const { url } of images)
      if (!(await context.open(url)))
        throw new Failure('failed', 'nothing on this machine shows pictures', {
          next: `open ${url} in a browser, wherever there is one`,
        })
  },
})
