import { readFile, writeFile } from 'node:fs/promises'
import { z } from 'zod'

const schema = z.array(
  z.object({
    seed: z.number(),
    jobs: z.number(),
    faults: z.number(),
    /** What it broke when it was found. */
    broke: z.array(z.string()),
    commit: z.string(),
  }),
)
export type FailingSeed = z.infer<typeof schema>[number]

const path = new URL('../../failing-seeds.json', import.meta.url)

/** Runs that once failed: they are run before any other, for ever. */
export async function readFailingSeeds(): Promise<FailingSeed[]> {
  return schema.parse(JSON.parse(await readFile(path, 'utf8')))
}

/** Adds one that is not in the list yet. */
export async function keepFailingSeed(failing: FailingSeed): Promise<void> {
  const known = await readFailingSeeds()
  const same = ({ seed, jobs, faults }: FailingSeed) =>
    seed === failing.seed && jobs === failing.jobs && faults === failing.faults
  if (known.some(same)) return
  await writeFile(path, `${JSON.stringify([...known, failing], null, 2)}\n`)
}
