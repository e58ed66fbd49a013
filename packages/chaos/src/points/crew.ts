import { createServer, type Socket } from 'node:net'
import { basename, dirname } from 'node:path'
import type { CrashPoint } from '@halftone/contracts'
import { type Arm, lineReader, type ToProcess, toRunner } from './wire.ts'

/** A process under test that stands still at a point. */
export interface Reached {
  point: CrashPoint
  ids: string[]
  /** The service's name. */
  service: string
  pid: number
  /** Lets it go on; nothing if it was killed. */
  go(): void
}

/** `service`: nobody else's processes are stopped there. */
export type ArmFor = Arm & { service?: string }

export interface Crew {
  /** Whether this process is there. */
  has(pid: number): boolean
  /** Sets what is armed, and returns when every process knows. */
  arm(arms: ArmFor[]): Promise<void>
  onReached: (reached: Reached) => void
  /** Cuts all connections of a process to stores and providers. */
  cut(pid: number): Promise<void>
  close(): Promise<void>
}

interface Member {
  pid: number
  service: string
  send(message: ToProcess): void
  /** What waits for its word, by what it will say. */
  words: Map<string, () => void>
  gone: Promise<void>
}

/** The runner's end of all the processes that load `attach.ts`. */
export async function gatherCrew(socketPath: string): Promise<Crew> {
  const members = new Set<Member>()
  let arms: ArmFor[] = []
  let version = 0
  let asked = 0

  const armsOf = (service: string): Arm[] =>
    arms.filter((arm) => arm.service === undefined || arm.service === service)
  const heard = (member: Member, word: string): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    member.words.set(word, resolve)
    return Promise.race([promise, member.gone])
  }
  const server = createServer((socket: Socket) => {
    const { promise: gone, resolve: leave } = Promise.withResolvers<void>()
    const member: Member = {
      pid: 0,
      service: '',
      send: (message) => void socket.write(`${JSON.stringify(message)}\n`),
      words: new Map(),
      gone,
    }
    const say = (word: string) => {
      member.words.get(word)?.()
      member.words.delete(word)
    }
    const read = lineReader((line) => {
      const message = toRunner.parse(JSON.parse(line))
      if ('hello' in message) {
        member.pid = message.hello
        member.service = serviceOf(message.main)
        members.add(member)
        member.send({ arms: armsOf(member.service), version })
      } else if ('armed' in message) say(`armed ${message.armed}`)
      else if ('isCut' in message) say(`cut ${message.isCut}`)
      else {
        const { reached, point, ids } = message
        const go = () => member.send({ go: reached })
        crew.onReached({ point, ids, service: member.service, pid: member.pid, go })
      }
    })
    socket.setEncoding('utf8').on('data', read)
    socket.on('error', () => {})
    socket.on('close', () => {
      members.delete(member)
      leave()
    })
  })
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))

  const crew: Crew = {
    has: (pid) => [...members].some((each) => each.pid === pid),
    async arm(next) {
      arms = next
      const own = ++version
      await Promise.all(
        [...members].map((member) => {
          const done = heard(member, `armed ${own}`)
          member.send({ arms: armsOf(member.service), version: own })
          return done
        }),
      )
    },
    onReached: ({ go }) => go(),
    async cut(pid) {
      const member = [...members].find((each) => each.pid === pid)
      if (!member) return
      const own = ++asked
      const done = heard(member, `cut ${own}`)
      member.send({ cut: own })
      await done
    },
    async close() {
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
  return crew
}

/** ".../services/worker/src/main.ts" → "worker"; ".../points/resolve-once.ts" → "resolve-once" */
function serviceOf(main: string): string {
  return basename(main) === 'main.ts' ? basename(dirname(dirname(main))) : basename(main, '.ts')
}
