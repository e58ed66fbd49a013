import { Socket } from 'node:net'
import { type CrashPoint, onCrashPoint } from '@halftone/contracts'
import { type Arm, lineReader, type ToRunner, toProcess } from './wire.ts'

// Loaded into a process under test before its own program, by `node --import`. It asks the runner which points are
// armed; a process that reaches one says so and stands still until it may go on, or is killed where it stands.

const path = process.env.HALFTONE_CHAOS_SOCKET
if (path) await attach(path)

async function attach(socketPath: string): Promise<void> {
  const outgoing = watchConnections()
  const waiting = new Map<number, () => void>()
  const firstArms = Promise.withResolvers<void>()
  let arms: Arm[] = []
  let reached = 0

  const runner = new Socket()
  outgoing.delete(runner)
  const send = (message: ToRunner) => runner.write(`${JSON.stringify(message)}\n`)
  const cut = () => {
    for (const socket of outgoing) if (socket !== runner) socket.destroy()
  }
  const obey = lineReader((line) => {
    const message = toProcess.parse(JSON.parse(line))
    if ('arms' in message) {
      arms = message.arms
      send({ armed: message.version })
      firstArms.resolve()
    } else if ('go' in message) {
      waiting.get(message.go)?.()
      waiting.delete(message.go)
    } else {
      cut()
      send({ isCut: message.cut })
    }
  })
  runner.setEncoding('utf8').on('data', obey)
  // the runner is gone: nobody will ever say "go"
  runner.on('error', () => process.exit(1)).on('close', () => process.exit(1))
  runner.connect(socketPath)
  send({ hello: process.pid, main: process.argv[1] ?? '' })

  onCrashPoint((point: CrashPoint, ids) => {
    const arm = arms.find((each) => each.point === point && each.ids.some((id) => ids.includes(id)))
    if (!arm) return undefined
    const number = ++reached
    const { promise, resolve } = Promise.withResolvers<void>()
    waiting.set(number, resolve)
    if (arm.cut) cutAfterSending(cut)
    send({ reached: number, point, ids: [...ids] })
    return promise
  })
  await firstArms.promise
  runner.unref()
}

/**
 * What was asked of Postgres in this turn is written by an immediate that is queued a microtask from now. Cutting right
 * behind it, before the loop reads again, makes sure that the question went out and its answer is never heard.
 */
async function cutAfterSending(cut: () => void): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await null
  setImmediate(cut)
}

/** Sockets that this process opened itself. */
function watchConnections(): Set<Socket> {
  const open = new Set<Socket>()
  const connect = Socket.prototype.connect
  Socket.prototype.connect = function (this: Socket, ...args: unknown[]): Socket {
    open.add(this)
    this.once('close', () => open.delete(this))
    return Reflect.apply(connect, this, args)
  }
  return open
}
