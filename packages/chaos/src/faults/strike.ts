import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Stack } from '@halftone/local'
import { Redis } from 'ioredis'
import type { cutLines, Fault, Scheduled, Struck } from './fault.ts'
import type { FeedRule, SimulatorControl } from './simulator-control.ts'
import type { TcpProxy } from './tcp-proxy.ts'

export interface Victim {
  dir: string
  stack: Stack
  proxies: Record<(typeof cutLines)[number], TcpProxy>
  simulator: SimulatorControl
  /** As the price list was when the run began. */
  listed: FeedRule[]
  /** Calls that one worker process has out at most. */
  callsPerWorker: number
  workers: number
  /** Called before the data of Redis is thrown away. */
  beforeWipe(): Promise<void>
  /** The provider, model and rule whose price changed, for those who look at what was booked. */
  onPrice(change: { at: number; provider: string; model: string; ruleId: string }): void
}

const victimMsMax = 5_000
type Effect = Pick<Struck, 'met' | 'unknownMax' | 'detail'>
const paidUnseen = new Set(['hang', 'reset_after_paid', 'cut_body', 'bad_json', 'slow'])

/** Lets it happen, and returns when it is over. What cannot be done (its victim is not there) is told in the trace. */
export async function strike(scheduled: Scheduled, victim: Victim): Promise<Struck> {
  const begunAt = Date.now()
  let effect: Effect
  try {
    effect = await happen(scheduled.fault, victim)
  } catch (error) {
    effect = { met: false, unknownMax: 0, detail: error instanceof Error ? error.message : String(error) }
  }
  return { ...scheduled, begunAt, endedAt: Date.now(), ...effect }
}

async function happen(fault: Fault, victim: Victim): Promise<Effect> {
  const { stack, callsPerWorker, workers } = victim
  switch (fault.kind) {
    case 'kill':
      return {
        ...(await signal(stack, fault.part, 'SIGKILL')),
        unknownMax: callsOf(fault.part, callsPerWorker),
      }
    case 'pause': {
      const { met, detail, pid } = await signal(stack, fault.part, 'SIGSTOP')
      if (met) await wait(fault.ms)
      if (met) process.kill(pid, 'SIGCONT')
      return { met, detail: `${detail} for ${fault.ms} ms`, unknownMax: callsOf(fault.part, callsPerWorker) }
    }
    case 'redis':
      await strikeRedis(fault.how, victim)
      return { met: true, unknownMax: 0, detail: '' }
    case 'postgres':
      return { ...(await signal(stack, 'postgres', 'SIGKILL')), unknownMax: workers * callsPerWorker }
    case 'provider': {
      const id = await victim.simulator.order(fault)
      await wait(fault.ms)
      const hits = await victim.simulator.lift(id)
      const detail = `${fault.provider} at ${fault.rate * 100} % for ${fault.ms} ms: ${hits} calls`
      return { met: true, unknownMax: paidUnseen.has(fault.how) ? hits : 0, detail }
    }
    case 'price':
      return changePrice(fault, victim)
    case 'cut': {
      const met = await victim.proxies[fault.line].trouble(fault.how, fault.ms)
      const perLine = { simulator: met, postgres: workers * callsPerWorker, redis: 0 }
      return { met: met > 0, unknownMax: perLine[fault.line], detail: `${met} connections` }
    }
  }
}

const callsOf = (part: string, callsPerWorker: number) => (part.startsWith('worker') ? callsPerWorker : 0)

/** A victim that is being started again after an earlier fault is waited for. */
async function signal(
  stack: Stack,
  part: string,
  name: NodeJS.Signals,
): Promise<{ met: boolean; detail: string; pid: number }> {
  for (const giveUpAt = Date.now() + victimMsMax; Date.now() < giveUpAt; await wait(100)) {
    const pid = stack.pids()[part]
    if (!pid) break
    try {
      process.kill(pid, name)
      return { met: true, detail: `${part} (${pid})`, pid }
    } catch {
      // it is dead, and its next life has not begun
    }
  }
  return { met: false, detail: `${part} was not up`, pid: 0 }
}

async function strikeRedis(how: 'kill' | 'flush' | 'wipe', victim: Victim): Promise<void> {
  if (how !== 'kill') await victim.beforeWipe()
  if (how === 'flush') {
    const redis = new Redis(victim.stack.redis, { maxRetriesPerRequest: 20 })
    redis.on('error', () => {})
    await redis.flushall().finally(() => redis.disconnect())
    return
  }
  if (how === 'wipe') {
    const folder = join(victim.dir, 'redis')
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true })
  }
  await signal(victim.stack, 'redis', 'SIGKILL')
}

async function changePrice(
  { chance, factor }: Extract<Fault, { kind: 'price' }>,
  { listed, simulator, onPrice }: Victim,
): Promise<Effect> {
  const rule = listed[Math.floor(chance * listed.length)]
  if (!rule) return { met: false, unknownMax: 0, detail: 'no price is listed' }
  const amount = (Number(rule.amount_usd) * factor).toFixed(9).replace(/0+$/, '').replace(/\.$/, '')
  const at = Date.now()
  await simulator.setPrice(rule.rule_id, amount)
  onPrice({ at, provider: rule.provider, model: rule.model, ruleId: rule.rule_id })
  return { met: true, unknownMax: 0, detail: `${rule.rule_id}: $${rule.amount_usd} → $${amount}` }
}
