import type { BulkAnswer } from '@halftone/contracts'
import { bar, dollars } from '@halftone/terminal'
import type { Terminal } from '../verb.ts'
import { duration } from '../words.ts'
import { type Totals, totalsOf } from './totals.ts'

const windowMs = 60_000
const logEveryMs = 5_000
const barColumns = 24

/** How far bulks are, on stderr: a bar on a terminal; in a log, a line now and then. */
export function showProgress({ screen, err, now }: Pick<Terminal, 'screen' | 'err' | 'now'>) {
  const seen: { at: number; ended: number }[] = []
  let lastLog = Number.NEGATIVE_INFINITY
  return {
    update(bulks: readonly BulkAnswer[]): void {
      const totals = totalsOf(bulks)
      seen.push({ at: now(), ended: totals.ended })
      while (seen.length > 2 && now() - (seen[0]?.at ?? 0) > windowMs) seen.shift()
      const text = words(totals, leftMs(seen, totals, bulks, now()))
      if (screen) {
        const line = `  ${bar(totals.ended / totals.jobs, barColumns)} ${text}`
        screen.draw(line.slice(0, Math.max(20, screen.columns() - 1)))
      } else if (now() - lastLog >= logEveryMs) {
        lastLog = now()
        err(`  ${text}`)
      }
    },
    /** A line above the bar. */
    say(text: string): void {
      screen?.draw('')
      err(text)
    },
    stop(): void {
      screen?.draw('')
    },
  }
}

function words({ jobs, ended, counts, cost, savings }: Totals, left: number | null): string {
  const without = counts.failed + counts.expired + counts.canceled
  const under = counts.dispatched + counts.running
  return [
    `${ended.toLocaleString('en-US')}/${jobs.toLocaleString('en-US')}`,
    `${dollars(cost)}${savings === null ? '' : `, saved about ${dollars(savings)}`}`,
    ...(under > 0 ? [`${under.toLocaleString('en-US')} in flight`] : []),
    ...(without > 0 ? [`${without.toLocaleString('en-US')} without a picture`] : []),
    ...(left === null || ended === jobs ? [] : [`${duration(left)} left`]),
  ].join(' · ')
}

/** By the pace of the last minute; before there is one, by what the server expects. */
function leftMs(
  seen: readonly { at: number; ended: number }[],
  { jobs, ended }: Totals,
  bulks: readonly BulkAnswer[],
  now: number,
): number | null {
  const [first] = seen
  const pace = first && now > first.at ? (ended - first.ended) / (now - first.at) : 0
  if (pace > 0) return (jobs - ended) / pace
  const finish = bulks.map(({ expected_finish }) => Date.parse(expected_finish ?? '')).filter(Number.isFinite)
  return finish.length > 0 && Math.max(...finish) > now ? Math.max(...finish) - now : null
}
