import type { Action, Answer } from './action.ts'
import type { Command } from './choice.ts'
import { choose, closing } from './choose.ts'
import { foresee } from './foresee.ts'
import { perform, type Real } from './perform.ts'
import { difference, viewLedger, viewWorld } from './views.ts'
import { newWorld, paidFor, type World } from './world.ts'

const priceAtFirst = 60n

/**
 * Lives one project's life on the model and on the ledger side by side. Every answer must be the foreseen one; after a
 * race and at the end, every row and balance as well. Throws what differed, after the actions that led there.
 */
export async function runCase(real: Real, commands: readonly Command[], limit: bigint | null): Promise<void> {
  let world = newWorld(limit, priceAtFirst)
  const log: string[] = []
  const both = async (action: Action) => {
    log.push(tell(action))
    const foreseen = foresee(world, action)
    const answer = await perform(real, action)
    log.push(`  ${answer}`)
    if (answer !== foreseen) throw new Error(`the ledger said "${answer}" instead of "${foreseen}"`)
  }
  try {
    for (const command of commands) {
      if (!('race' in command)) {
        const action = choose(world, command)
        if (action) await both(action)
        continue
      }
      const [first, other] = command.race.map((choice) => choose(world, choice))
      // of two sweepers at once, one finds nothing left to do
      const second = first?.do === 'sweep' && other?.do === 'sweep' ? { ...other, again: true } : other
      if (!first || !second || !mayRace(first) || !mayRace(second)) continue
      log.push(`at once: ${tell(first)} | ${tell(second)}`)
      world = await race(real, world, first, second)
    }
    await compare(real, world)
    for (let action = closing(world); action; action = closing(world)) await both(action)
    await compare(real, world)
    checkBooks(world)
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${log.slice(-24).join('\n')}`, {
      cause: error,
    })
  }
}

/** The provider's side is the model's alone, and the passing of time is no call that could be half done. */
function mayRace({ do: verb }: Action): boolean {
  return verb !== 'send' && verb !== 'price' && verb !== 'lapse'
}

/** Whichever came first: what both left must be what one after the other leaves. */
async function race(real: Real, world: World, first: Action, second: Action): Promise<World> {
  const orders = [oneByOne(world, first, second), oneByOne(world, second, first)]
  orders[1]?.answers.reverse()
  const answers = await Promise.all([perform(real, first), perform(real, second)])
  const view = await viewLedger(real.sql, real.projectId)
  const faults: string[] = []
  for (const order of orders) {
    const differs = difference(viewWorld(order.world), view)
    const said = order.answers.join(' | ') !== answers.join(' | ')
    if (!differs && !said) return order.world
    faults.push(differs ?? `the answers should be ${order.answers.join(' | ')}`)
  }
  throw new Error(`no order explains ${answers.join(' | ')}: ${faults.join(' — or ')}`)
}

function oneByOne(world: World, first: Action, second: Action): { world: World; answers: [Answer, Answer] } {
  const after = structuredClone(world)
  return { world: after, answers: [foresee(after, first), foresee(after, second)] }
}

async function compare({ sql, projectId }: Real, world: World): Promise<void> {
  const differs = difference(viewWorld(world), await viewLedger(sql, projectId))
  if (differs) throw new Error(differs)
}

/** I1, I2, I4: what was spent is what the provider charged, but for calls that nobody could find out about. */
function checkBooks(world: World): void {
  const total = (amounts: bigint[]) => amounts.reduce((sum, nano) => sum + nano, 0n)
  const settled = total(
    world.attempts.flatMap(({ state, cost }) =>
      state === 'settled' || state === 'resolved' ? (cost ?? 0n) : [],
    ),
  )
  const unknownPaid = total(
    world.attempts.flatMap(({ id, state }) => (state === 'unknown' ? (paidFor(world, id) ?? 0n) : [])),
  )
  const charged = total(world.books.map(({ nano }) => nano))
  if (settled + unknownPaid !== charged)
    throw new Error(`I4: ${settled} settled and ${unknownPaid} unknown, but the provider charged ${charged}`)
  // all truths were found
  if (world.project.held !== 0n) throw new Error(`I1: ${world.project.held} is held for nothing`)
  if (new Set(world.books.map(({ attempt }) => attempt)).size !== world.books.length)
    throw new Error('I2: an attempt was paid for twice')
}

function tell(action: Action): string {
  return JSON.stringify(action, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
}
