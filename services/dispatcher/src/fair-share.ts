/** What each project is owed (above 0) or has had too much of, kept from round to round. */
export type Turns = ReadonlyMap<string, number>

export interface FairShare<T> {
  picked: T[]
  turns: Turns
}

/**
 * Smooth weighted round robin: picks up to `room` jobs, each project's in their order, projects in turn. Tickets that
 * are in the queue already (`ahead`) count: a project that comes new is owed its share of them and catches up at once,
 * so that it never pays for those who filled the queue before it came. One that has nothing waiting for a while earns
 * that again, turn by turn, and no more than that.
 */
export function fairShare<T extends { projectId: string }>(
  waiting: readonly T[],
  room: number,
  turns: Turns,
  { ahead, weightOf = () => 1 }: { ahead: number; weightOf?: (projectId: string) => number },
): FairShare<T> {
  const entries = [...Map.groupBy(waiting, (job) => job.projectId)].map(([projectId, jobs]) => {
    const weight = weightOf(projectId)
    return { projectId, jobs, next: 0, weight, credit: turns.get(projectId) ?? ahead * weight }
  })
  const picked: T[] = []
  let active = entries
  while (picked.length < room && active.length > 0) {
    let first = active[0]!
    let total = 0
    for (const entry of active) {
      entry.credit += entry.weight
      total += entry.weight
      if (entry.credit > first.credit) first = entry
    }
    first.credit -= total
    picked.push(first.jobs[first.next++]!)
    if (first.next === first.jobs.length) active = active.filter((entry) => entry !== first)
  }

  const kept = new Map(entries.map(({ projectId, credit }) => [projectId, credit]))
  for (const [projectId, credit] of turns) {
    if (kept.has(projectId)) continue
    const weight = weightOf(projectId)
    const earned = credit + picked.length * weight
    // whoever has earned all of it is as good as new
    if (earned < ahead * weight) kept.set(projectId, earned)
  }
  return { picked, turns: kept }
}
