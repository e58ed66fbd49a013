import { pipeline } from 'node:stream'
import { jobBodySchema } from '@halftone/contracts'
import { CsvError, parse } from 'csv-parse'
import { z } from 'zod'
import { usageFailure } from '../failure.ts'
import { type Line, openFile } from './read-lines.ts'

const rowSchema = z.object({ info: z.object({ lines: z.int() }), record: z.array(z.string()) })

const numbers = new Set(['n', 'steps', 'seed', 'priority', 'quality_floor', 'latency.max_ms'])
/** With spaces between. */
const lists = new Set(['image', 'routing.allow', 'routing.deny'])

/**
 * The rows of a table whose header names fields of a job, those inside others with a dot: `metadata.slug`. An empty cell
 * leaves its field out; cells of `metadata` stay text.
 */
export async function* readCsv(path: string): AsyncGenerator<Line<Record<string, unknown>>> {
  const rows = parse({ bom: true, info: true, skip_empty_lines: true, relax_column_count: true })
  let header: string[] | null = null
  let read = 0
  try {
    for await (const row of pipeline(openFile(path), rows, () => {})) {
      const { info, record } = rowSchema.parse(row)
      read = info.lines
      const line = read - record.reduce((ends, cell) => ends + cell.split('\n').length - 1, 0)
      if (header === null) header = checkedHeader(record)
      else if (record.length !== header.length)
        yield { line, fault: `has ${record.length} cells, and the header ${header.length}` }
      else yield { line, value: jobOf(header, record) }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const next = 'put cells that hold commas, quotes or line ends in quotes'
    throw usageFailure(`after line ${read}, ${path} is no CSV: ${error.message}`, next)
  }
}

function checkedHeader(cells: string[]): string[] {
  const names = cells.map((cell) => cell.trim())
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw usageFailure(`the column "${twice}" is there twice`, 'leave one of them out')
  const known = Object.keys(jobBodySchema.shape)
  const wrong = names.find((name) => !known.includes(name.split('.')[0] ?? ''))
  if (wrong !== undefined)
    throw usageFailure(
      `the column "${wrong}" is no field of a job`,
      `columns are ${known.join(', ')}; inside others with a dot, like metadata.slug or budget.max_cost_usd`,
    )
  return names
}

function jobOf(header: string[], cells: string[]): Record<string, unknown> {
  const job: Record<string, unknown> = {}
  header.forEach((name, at) => {
    const cell = cells[at] ?? ''
    if (cell === '') return
    const [field = '', ...rest] = name.split('.')
    if (rest.length === 0) job[field] = cellValue(name, cell)
    else job[field] = { ...objectIn(job, field), [rest.join('.')]: cellValue(name, cell) }
  })
  return job
}

function cellValue(name: string, cell: string): unknown {
  // what is no number is told as a fault of its line
  if (numbers.has(name) && cell.trim() !== '' && Number.isFinite(Number(cell))) return Number(cell)
  if (!lists.has(name)) return cell
  const parts = cell.trim().split(/\s+/)
  return name === 'image' && parts.length === 1 ? parts[0] : parts
}

function objectIn(job: Record<string, unknown>, field: string): object {
  const value = job[field]
  return typeof value === 'object' && value !== null ? value : {}
}
