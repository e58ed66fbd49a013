import { createHmac, randomUUID } from 'node:crypto'
import { decode } from '../art/pixels.ts'
import type { Charge } from '../books.ts'
import type { FaultKind } from '../faults.ts'
import { latencyUnder } from '../paid-call.ts'
import { chargeNano } from '../prices/charge.ts'
import type { PriceRow } from '../prices/table.ts'
import type { Simulation } from '../simulation.ts'
import { judge } from '../trigger-words.ts'
import { type Inputs, onCanvas, outputSize, strengthOf } from './inputs.ts'
import type { Plan, Size } from './models.ts'

type Status = 'Pending' | 'Ready' | 'Request Moderated' | 'Content Moderated'

export interface Task {
  id: string
  account: string
  model: string
  plan: Plan
  inputs: Inputs
  status: Status
  createdAt: number
  totalMs: number
  endedAt: number | null
  cost: { nano: bigint; inputMp: number; outputMp: number }
  /** Where its picture lies, as this caller reaches it. */
  sample: string
}

type NewTask = Pick<Task, 'account' | 'model' | 'plan' | 'inputs'> & {
  operation: string
  price: PriceRow
  attemptId: string | null
  fault: FaultKind | null
  delivery: string
}

const sampleLifeMs = 600_000
const megapixel = 1_048_576
const inputMpMax = 4
const tasksMax = 50_000

/** Runs tasks, charges those that are ready or withheld, and tells their webhooks once. */
export function createTasks(simulation: Simulation) {
  const { clock, artist, books } = simulation
  const kept = new Map<string, Task>()

  async function run(task: Task, charge: Charge, fault: FaultKind | null): Promise<void> {
    const verdict = fault === 'refuse' ? 'refused' : judge(task.plan.prompt)
    const refused = verdict === 'refused' || verdict === 'public-figure'
    await simulation.sleep(refused ? task.totalMs / 4 : task.totalMs)
    task.status = refused ? 'Request Moderated' : verdict === 'filtered' ? 'Content Moderated' : 'Ready'
    task.endedAt = clock()
    // A picture that is made and then withheld is charged; a prompt that is refused is not.
    if (!refused) books.charge(charge)
    tell(task)
  }

  function tell(task: Task): void {
    const { webhook } = task.plan
    if (!webhook) return
    const body = JSON.stringify(view(task, clock()))
    const mac = createHmac('sha256', webhook.secret ?? '')
      .update(body)
      .digest('hex')
    const signed: Record<string, string> = webhook.secret ? { 'x-bfl-signature': `sha256=${mac}` } : {}
    const headers = { 'content-type': 'application/json', ...signed }
    // Strict: none, or twice; the receiver has to ask all the same.
    const times = simulation.strict ? task.id.charCodeAt(0) % 3 : 1
    for (let i = 0; i < times; i++)
      void fetch(webhook.url, { method: 'POST', headers, body, redirect: 'manual' })
        .then((answer) => answer.body?.cancel())
        .catch(() => {})
  }

  return {
    create(order: NewTask): Task {
      const { account, model, plan, inputs, operation, price, fault } = order
      const id = randomUUID()
      const task: Task = {
        ...{ id, account, model, plan, inputs, status: 'Pending', createdAt: clock(), endedAt: null },
        totalMs: latencyUnder(fault, simulation.latency('bfl', model)),
        cost: costOf(price, outputSize(plan, inputs), inputs.sizes),
        sample: `${order.delivery}/${id}.${plan.format}`,
      }
      kept.set(id, task)
      if (kept.size > tasksMax) kept.delete(kept.keys().next().value ?? '')
      const charge = {
        ...{ provider: 'bfl' as const, account, model, operation, request_id: id },
        ...{ attempt_id: order.attemptId, n: 1, nano: task.cost.nano },
      }
      // It rejects only when the simulator stops.
      run(task, charge, fault).catch(() => {})
      return task
    },
    find: (account: string, id: string) => (kept.get(id)?.account === account ? kept.get(id) : undefined),
    active: (account: string) =>
      [...kept.values()].filter((task) => task.account === account && task.status === 'Pending').length,
    /** Draws a finished picture; null = there is none, or not any more. */
    async draw(id: string): Promise<Buffer | null> {
      const task = kept.get(id)
      if (task?.status !== 'Ready' || (task.endedAt ?? 0) + sampleLifeMs <= clock()) return null
      const { plan, model, inputs } = task
      const { prompt, format, seed } = plan
      const recipe = { provider: 'bfl' as const, model, prompt, format, seed: `${seed ?? ''}` }
      if (!inputs.picture) return artist.make({ ...recipe, ...outputSize(plan, inputs) })
      if (plan.sides) return artist.edit({ ...recipe, ...(await onCanvas(inputs.picture, plan.sides)) })
      const input = await decode(inputs.picture, plan.size ?? undefined)
      return artist.edit({ ...recipe, input, strength: await strengthOf(inputs, input) })
    },
  }
}
export type Tasks = ReturnType<typeof createTasks>

/** Megapixels are begun ones; an input counts from one to four of them. */
function costOf(price: PriceRow, output: Size, inputs: Size[]): Task['cost'] {
  const outputMp = Math.ceil((output.width * output.height) / megapixel)
  const inputMp = inputs.reduce(
    (sum, { width, height }) => sum + Math.min(inputMpMax, Math.ceil((width * height) / megapixel)),
    0,
  )
  const first = { amount: price.amount_usd, count: 1, per: 1 as const }
  const next = price.next_megapixel_usd
  const more = next === undefined ? [] : [{ amount: next, count: outputMp - 1 + inputMp, per: 1 as const }]
  return { nano: chargeNano([first, ...more]), inputMp, outputMp }
}

/** What `get_result` answers, and a webhook posts. */
export function view({ id, status, plan, totalMs, createdAt, endedAt, sample }: Task, now: number) {
  const ended = endedAt ?? now
  const progress = totalMs > 0 ? Math.min(1, (ended - createdAt) / totalMs) : 1
  const [start_time, end_time] = [createdAt / 1_000, ended / 1_000]
  const times = { start_time, end_time, duration: end_time - start_time }
  const isModerated = status === 'Request Moderated' || status === 'Content Moderated'
  return {
    ...{ id, status, progress: status === 'Pending' ? progress : null, preview: null },
    result: status === 'Ready' ? { sample, prompt: plan.prompt, seed: plan.seed ?? 0, ...times } : null,
    details: isModerated ? { 'Moderation Reasons': ['Derivative Works Filter'] } : null,
  }
}
