import { SingleBar } from 'cli-progress'

export interface Progress {
  update(state: { ended: number; jobs: number; faults: number; note: string }): void
  stop(): void
}

/** A bar on a terminal; in a log, a line now and then. */
export function showProgress(jobs: number, faults: number): Progress {
  let lastLine = Date.now()
  const bar = process.stdout.isTTY
    ? new SingleBar({
        format: `  {bar} {value}/{total} jobs  {faults}/${faults} faults  {note}`,
        barsize: 30,
        hideCursor: true,
        linewrap: false,
      })
    : null
  bar?.start(jobs, 0, { faults: 0, note: '' })
  return {
    update(state) {
      bar?.update(Math.min(state.ended, jobs), state)
      if (bar || Date.now() - lastLine < 5_000) return
      lastLine = Date.now()
      console.log(`  ${state.ended}/${jobs} jobs  ${state.faults}/${faults} faults  ${state.note}`)
    },
    stop: () => bar?.stop(),
  }
}
