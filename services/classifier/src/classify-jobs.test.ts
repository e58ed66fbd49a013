import { type JobInput, jobBodySchema, type Tag } from '@halftone/contracts'
import type { Untagged } from '@halftone/ledger'
import { expect, test } from 'vitest'
import { type ClassifyParts, classifyJobs } from './classify-jobs.ts'

const tag = (label: Tag['label']): Tag => ({ label, confidence: 0.9, source: 'rules', plausible: [] })
const untagged = (id: string, body: JobInput): Untagged => ({ id, body: jobBodySchema.parse(body) })

function setUp(jobs: Untagged[]) {
  const tagged: { id: string; tag: Tag }[] = []
  const published: string[] = []
  const asked: { prompt: string; hint: string | null }[] = []
  const parts: ClassifyParts = {
    ledger: {
      classify: {
        untagged: async () => jobs.filter(({ id }) => !tagged.some((done) => done.id === id)),
        tag: async (tags) => void tagged.push(...tags),
      },
    },
    signals: { publish: async (name) => void published.push(name) },
    tagJob: (job) => {
      asked.push(job)
      return tag('logo')
    },
    editKindOf: (instruction) => ({ kind: 'object', source: 'rules', words: [instruction] }),
    secondOpinion: null,
  }
  return { parts, tagged, published, asked }
}

const range = { v: 1 as const, bulk: 'bulk_1', from: 0, to: 250 }

test('every job of a range is tagged once, by its prompt and hint, and the dispatcher is woken', async () => {
  const { parts, tagged, published, asked } = setUp([
    untagged('job_1', { prompt: 'a fox', content_type: 'logo' }),
    untagged('job_2', { operation: 'variation', image: 'file_1' }),
  ])
  expect(await classifyJobs(parts, range)).toEqual({ kind: 'done' })
  expect(tagged.map(({ id }) => id)).toEqual(['job_1', 'job_2'])
  expect(asked).toEqual([
    { prompt: 'a fox', hint: 'logo' },
    { prompt: '', hint: null },
  ])
  expect(published).toEqual(['dispatch'])
})

test('a doubled ticket tags nothing and wakes nobody', async () => {
  const { parts, tagged, published } = setUp([untagged('job_1', { prompt: 'a fox' })])
  await classifyJobs(parts, range)
  await classifyJobs(parts, range)
  expect(tagged).toHaveLength(1)
  expect(published).toHaveLength(1)
})

test('a job that was not tagged is not announced', async () => {
  const { parts, published } = setUp([untagged('job_1', { prompt: 'a fox' })])
  parts.ledger.classify.tag = async () => {
    throw new Error('Postgres is gone')
  }
  await expect(classifyJobs(parts, range)).rejects.toThrow('gone')
  expect(published).toEqual([])
})

test('an edit gets its kind from its instruction only where the caller gave none', async () => {
  const edit = { operation: 'edit', prompt: 'remove the car', image: 'file_1' } as const
  const { parts, tagged } = setUp([
    untagged('job_1', edit),
    untagged('job_2', { ...edit, edit_kind: 'inpaint' }),
    untagged('job_3', { prompt: 'remove the car' }),
  ])
  await classifyJobs(parts, range)
  expect(tagged.map(({ tag }) => tag.edit?.kind)).toEqual(['object', undefined, undefined])
})

test('the second opinion is asked once about each unknown prompt, and chooses only among what is plausible', async () => {
  const { parts, tagged } = setUp([
    untagged('job_1', { prompt: 'one' }),
    untagged('job_2', { prompt: 'one' }),
    untagged('job_3', { prompt: 'two' }),
    untagged('job_4', { prompt: 'sure' }),
  ])
  const unknown: Tag = { label: 'unknown', confidence: 0.3, source: 'model', plausible: ['logo', 'portrait'] }
  const asked: (readonly string[])[] = []
  parts.tagJob = ({ prompt }) => (prompt === 'sure' ? tag('logo') : unknown)
  parts.secondOpinion = {
    async ask(prompts) {
      asked.push(prompts)
      return new Map([
        ['one', 'portrait'],
        ['two', 'infographic'],
        ['sure', 'portrait'],
      ])
    },
  }
  await classifyJobs(parts, range)
  expect(asked).toEqual([['one', 'two']])
  const settled = { label: 'portrait', confidence: 0.3, source: 'second_opinion', plausible: ['portrait'] }
  expect(tagged.map(({ tag }) => tag)).toEqual([settled, settled, unknown, tag('logo')])
})
