import type { BulkAnswer } from '@halftone/contracts'
import { dollars } from '@halftone/terminal'
import { SingleBar } from 'cli-progress'

/** A bar on a terminal; in a log, a line now and then. */
export function showProgress(total: number) {
  const started = Date.now()
  let lastLine = started
  const bar = process.stdout.isTTY
    ? new SingleBar({
        format: '  {bar} {value}/{total}  {spend}  {note}',
        barsize: 32,
        hideCursor: true,
        linewrap: false,
      })
    : null
  bar?.start(total, 0, { spend: '$0.00', note: '' })
  return {
    update(bulk: BulkAnswer, webhooks: number): void {
      const { succeeded, failed, expired, canceled, running, dispatched } = bulk.counts
      const ended = succeeded + failed + expired + canceled
      const rate = ended / Math.max(1, (Date.now() - started) / 1000)
      const left = rate > 0 ? Math.ceil((total - ended) / rate) : null
      const note = `${running + dispatched} in flight · ${webhooks} webhooks${left === null ? '' : ` · ${left} s left`}`
      bar?.update(ended, { spend: dollars(bulk.cost_usd), note })
      if (!bar && Date.now() - lastLine > 5_000) {
        lastLine = Date.now()
        console.log(`  ${ended}/${total}  ${dollars(bulk.cost_usd)}  ${note}`)
      }
    },
    /** A line of text above the bar. */
    say(text: string): void {
      if (bar) process.stdout.write('\r\x1b[K')
      console.log(`  ${text}`)
    },
    stop(): void {
      bar?.stop()
    },
  }
}
