import { pick, type Random, seededRandom } from '@halftone/contracts'
import { cutKinds, cutLines, type Fault, providerFaults, providers, type Scheduled } from './fault.ts'

type Draw = (random: Random) => Fault

const between = (random: Random, from: number, to: number) => Math.round(from + random() * (to - from))
const kill =
  (...parts: string[]): Draw =>
  (random) => ({ kind: 'kill', part: pick(random, parts) })
const pause =
  (from: number, to: number, ...parts: string[]): Draw =>
  (random) => ({ kind: 'pause', part: pick(random, parts), ms: between(random, from, to) })
const workers = ['worker', 'worker-2']
const dispatchers = ['dispatcher', 'dispatcher-2']
const producers = ['producer', 'producer-2']

/** What may happen, and how often it lies in the deck that the schedule is dealt from. */
const deck: [name: string, copies: number, draw: Draw][] = [
  ['kill_worker', 6, kill(...workers)],
  ['kill_dispatcher', 3, kill(...dispatchers)],
  ['kill_producer', 3, kill(...producers)],
  ['kill_classifier', 2, kill('classifier')],
  ['kill_webhooks', 2, kill('webhooks')],
  ['kill_pricing', 1, kill('pricing')],
  ['kill_health', 1, kill('health')],
  // longer than a worker's lease, and than the time after which Postgres deposes a silent leader
  ['pause_worker', 4, pause(6_500, 9_000, ...workers)],
  ['pause_dispatcher', 2, pause(10_500, 13_000, ...dispatchers)],
  ['pause_producer', 1, pause(3_000, 6_000, ...producers)],
  ['redis_kill', 2, () => ({ kind: 'redis', how: 'kill' })],
  ['redis_flush', 2, () => ({ kind: 'redis', how: 'flush' })],
  ['redis_wipe', 2, () => ({ kind: 'redis', how: 'wipe' })],
  ['postgres_kill', 3, () => ({ kind: 'postgres', how: 'kill' })],
  [
    'price_change',
    4,
    (random) => ({ kind: 'price', chance: random(), factor: between(random, 80, 120) / 100 }),
  ],
  ...providerFaults.map((how): [string, number, Draw] => [
    `provider_${how}`,
    2,
    (random) => ({
      kind: 'provider',
      provider: pick(random, providers),
      how,
      rate: pick(random, [0.3, 0.6, 1]),
      ms: between(random, 1_500, 4_000),
    }),
  ]),
  ...cutLines.flatMap((line) =>
    cutKinds.map((how): [string, number, Draw] => [
      `cut_${line}_${how}`,
      1,
      (random) => ({ kind: 'cut', line, how, ms: between(random, 800, 3_000) }),
    ]),
  ),
]

/** The mean time between two faults. */
export const gapMs = 1_500

/** `count` faults one after another, the same for the same seed; every kind comes before the deck is dealt anew. */
export function writeSchedule(seed: number, count: number): Scheduled[] {
  const random = seededRandom(seed)
  const cards = deck.flatMap(([name, copies, draw]) => Array.from({ length: copies }, () => ({ name, draw })))
  const schedule: Scheduled[] = []
  for (let hand = shuffled(random, cards); schedule.length < count; ) {
    const card = hand.pop()
    if (!card) {
      hand = shuffled(random, cards)
      continue
    }
    const atMs = Math.round((schedule.length + random()) * gapMs)
    schedule.push({ atMs, name: card.name, fault: card.draw(random) })
  }
  return schedule
}

function shuffled<T>(random: Random, list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}
