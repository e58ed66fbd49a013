import { hasEnded } from '@halftone/contracts'
import type { EntryFact, Facts } from './facts.ts'

const purses = ['held', 'spent'] as const

/** I8: replaying the entries gives every stored balance, nothing is held without a job that holds it, and no purse is below zero. */
export function booksBalance({ accounts, entries, jobs, balanceFaults }: Facts): string[] {
  const found = [...balanceFaults]
  for (const account of accounts) {
    const own = entries.filter((entry) => entry.accounts.includes(account.id))
    for (const purse of purses) {
      const replayed = sumOf(own, purse)
      if (replayed !== account[purse])
        found.push(`${account.id}: ${account[purse]} ${purse}, its entries give ${replayed}`)
      if (replayed < 0n) found.push(`${account.id}: ${replayed} ${purse}`)
    }
    const holding = jobs
      .filter(({ projectId, bulkId }) => projectId === account.id || bulkId === account.id)
      .reduce((sum, job) => sum + job.holdNano, 0n)
    if (holding !== account.held) found.push(`${account.id}: ${account.held} held, its jobs hold ${holding}`)
  }
  for (const { id, status, holdNano, unknownNano } of jobs)
    if (hasEnded(status) && holdNano !== unknownNano)
      found.push(`job ${id} has ended and holds ${holdNano}, of which unknown ${unknownNano}`)
  return found
}

function sumOf(entries: readonly EntryFact[], purse: string): bigint {
  return entries.reduce(
    (sum, { from, to, nano }) => sum + (to === purse ? nano : 0n) - (from === purse ? nano : 0n),
    0n,
  )
}
