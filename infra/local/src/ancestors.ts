import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

interface ProcessFacts {
  parent: number
  command: string
  /** Ended, but not yet collected by its parent. */
  zombie: boolean
}

function facts(pid: number): ProcessFacts | null {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const [state = '', parent = '0'] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      return { parent: Number(parent), command, zombie: state === 'Z' || state === 'X' }
    }
    const line = execFileSync('ps', ['-o', 'ppid=,stat=,command=', '-p', String(pid)], {
      encoding: 'utf8',
    }).trim()
    const [, parent = '0', stat = '', command = ''] = /^(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? []
    return { parent: Number(parent), command, zombie: stat.startsWith('Z') }
  } catch {
    return null
  }
}

/**
 * The package runners (npx, npm, pnpm) that started this process. They do not pass signals on, and a shell stands
 * between them and us: when one of them is gone, so is whoever wanted this stack.
 */
export function packageRunners(): number[] {
  const runners: number[] = []
  for (let pid = process.ppid; pid > 1; ) {
    const process_ = facts(pid)
    if (!process_) break
    const [program = '', script = ''] = process_.command.trim().split(' ')
    const runner =
      /(^|\/)(node|npm|npx|pnpm)$|^(npm|npx|pnpm) /.test(program) &&
      /npx|npm|pnpm/.test(`${program} ${script} ${process_.command}`)
    if (runner) runners.push(pid)
    else if (!/(^|\/)(sh|dash|bash)$/.test(program)) break
    pid = process_.parent
  }
  return runners
}

/** Calls back once when one of these processes is gone. */
export function onVanished(pids: number[], callback: (pid: number) => void): () => void {
  const timer = setInterval(() => {
    const gone = pids.find((pid) => facts(pid)?.zombie ?? true)
    if (gone === undefined) return
    clearInterval(timer)
    callback(gone)
  }, 1_000)
  timer.unref()
  return () => clearInterval(timer)
}
