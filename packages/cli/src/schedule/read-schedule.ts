import { readCsv } from './read-csv.ts'
import { type Line, readLines } from './read-lines.ts'

/** The jobs of a schedule as they stand there: one in JSON a line, or, of a `.csv`, one a row. Blank lines are left out. */
export async function* readSchedule(path: string): AsyncGenerator<Line<unknown>> {
  if (path.toLowerCase().endsWith('.csv')) return yield* readCsv(path)
  for await (const read of readLines(path)) {
    if ('fault' in read) yield read
    else if (read.value.trim() !== '') yield { line: read.line, ...parsed(read.value) }
  }
}

function parsed(text: string): { value: unknown } | { fault: string } {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return { fault: 'is no JSON: write each job on a line of its own, like {"prompt": "…"}' }
  }
}
