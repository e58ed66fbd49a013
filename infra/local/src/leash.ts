import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/**
 * Starts a program that is not ours (Postgres, Redis) on a leash: a shell holds a pipe from this process and ends
 * the program when the pipe closes. So it dies with us, even when we are killed outright.
 */
const leash = [
  'sig=$1; shift',
  '"$@" <&- & child=$!',
  '(cat >/dev/null; kill -"$sig" $child 2>/dev/null; sleep 8; kill -9 $child 2>/dev/null) <&3 & guard=$!',
  'wait $child; code=$?',
  'pkill -P $guard 2>/dev/null; kill $guard 2>/dev/null',
  'exit $code',
].join('\n')

export interface Leashed {
  process: ChildProcess
  /** Resolves with the exit code, -1 for a signal. */
  exited: Promise<number>
  stop(): Promise<void>
}

export function spawnLeashed(
  command: string[],
  options: {
    endSignal: 'INT' | 'TERM'
    onLine(line: string): void
    env?: NodeJS.ProcessEnv
    uid?: number
    gid?: number
  },
): Leashed {
  const child = spawn('sh', ['-c', `exec 3<&0\n${leash}`, 'leash', options.endSignal, ...command], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // a group of its own, so that Ctrl-C reaches it through us, in order
    detached: true,
    env: options.env ?? process.env,
    uid: options.uid,
    gid: options.gid,
  })
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line.trim()) options.onLine(line)
    })
  }
  const exited = once(child, 'exit').then(([code]) => (typeof code === 'number' ? code : -1))
  return {
    process: child,
    exited,
    async stop() {
      child.stdin.end()
      await exited
    },
  }
}
