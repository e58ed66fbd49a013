import { expect, test } from 'vitest'
import { z } from 'zod'
import { patiently, simulated } from '../testing/simulated.ts'

const url = '/v1/images/generations'
const generate = { model: 'gpt-image-1.5', prompt: 'a lake at dawn', size: '1024x1024', quality: 'low' }
const lineOf = (id: string, body: object = generate) => ({ custom_id: id, method: 'POST', url, body })
const batchSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  output_file_id: z.string().nullable(),
  error_file_id: z.string().nullable(),
  request_counts: z.object({ total: z.int(), completed: z.int(), failed: z.int() }),
})

const hourMs = 3_600_000

/** Its time is the test's: a day passes when it is told to. */
async function host() {
  let ahead = 0
  const to = await simulated({ clock: () => Date.now() + ahead })
  const base = '/openai/v1'
  const read = async (path: string) => batchSchema.parse(await (await to.get(`${base}${path}`)).json())
  return {
    ...to,
    pass: (hours: number) => {
      ahead += hours * hourMs
    },
    paid: (count: number) =>
      expect.poll(async () => (await to.books()).entries.length, patiently).toBe(count),
    async start(lines: object[]) {
      const file = Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n'))
      const uploaded = await to.form(`${base}/files`, { purpose: 'batch', file })
      const { id } = z.object({ id: z.string() }).parse(await uploaded.json())
      const order = {
        input_file_id: id,
        endpoint: url,
        completion_window: '24h',
        metadata: { halftone_lot: 'lot_1' },
      }
      return batchSchema.parse(await (await to.post(`${base}/batches`, order)).json())
    },
    read,
    async until(id: string, status: string) {
      await expect.poll(async () => (await read(`/batches/${id}`)).status, patiently).toBe(status)
      return read(`/batches/${id}`)
    },
    async lines(fileId: string | null) {
      const text = await (await to.get(`${base}/files/${fileId}/content`)).text()
      const schema = z.object({ custom_id: z.string(), error: z.object({ code: z.string() }).nullable() })
      return text
        .trim()
        .split('\n')
        .map((line) => schema.parse(JSON.parse(line)))
    },
    cancel: (id: string) => to.post(`${base}/batches/${id}/cancel`, {}),
  }
}

test('a batch is done line by line at half the price, in no order; what fails is told apart and free', async () => {
  const to = await host()
  const batch = await to.start([
    lineOf('att_1'),
    lineOf('att_2'),
    lineOf('att_3', { ...generate, prompt: 'forbidden-content' }),
  ])
  await to.paid(2)
  to.pass(1)
  const { output_file_id, error_file_id, request_counts } = await to.until(batch.id, 'completed')
  expect(request_counts).toEqual({ total: 3, completed: 2, failed: 1 })
  expect((await to.lines(output_file_id)).map(({ custom_id }) => custom_id).sort()).toEqual([
    'att_1',
    'att_2',
  ])
  expect((await to.lines(error_file_id)).map(({ custom_id }) => custom_id)).toEqual(['att_3'])
  const { entries } = await to.books()
  // (272 x $32 + 4 x $5) a million, halved
  expect(entries.map(({ attempt_id, nano }) => [attempt_id, nano]).sort()).toEqual([
    ['att_1', 4_362_000],
    ['att_2', 4_362_000],
  ])
})

test('one that expires keeps what is done; one that loses lines says nothing of them; neither charges for the rest', async () => {
  const to = await host()
  const ids = Array.from({ length: 10 }, (_, i) => `att_${i}`)
  await to.fault('openai', 'expire_lot', { times: 1 })
  const first = await to.start(ids.map((id) => lineOf(id)))
  await to.paid(5)
  to.pass(25)
  const expired = await to.until(first.id, 'expired')
  expect((await to.lines(expired.error_file_id)).map(({ error }) => error?.code)).toEqual(
    Array(5).fill('batch_expired'),
  )

  await to.fault('openai', 'lose_lines', { times: 1 })
  const second = await to.start(ids.map((id) => lineOf(id)))
  await to.paid(14)
  to.pass(1)
  const lossy = await to.until(second.id, 'completed')
  expect(lossy).toMatchObject({ error_file_id: null, request_counts: { total: 10, completed: 9, failed: 0 } })
  expect((await to.books()).entries).toHaveLength(14)
})

test('a canceled batch keeps what is done, and a file with a bad line is done not at all', async () => {
  const to = await host()
  const begun = await to.start([lineOf('att_1')])
  await to.paid(1)
  await to.cancel(begun.id)
  expect(await to.until(begun.id, 'cancelled')).toMatchObject({ request_counts: { completed: 1 } })
  const failed = await to.start([lineOf('att_2'), { ...lineOf('att_2') }])
  expect(failed).toMatchObject({ status: 'failed', errors: { data: [{ code: 'duplicate_custom_id' }] } })
  expect((await to.books()).entries).toHaveLength(1)
})
