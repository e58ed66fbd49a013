import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, relative, resolve } from 'node:path'
import type { Mutant } from './mutants.ts'

const root = resolve(import.meta.dirname, '../../../..')
/** Whole folders of the checkout that no program reads. */
const left = new Set(['.git', '.halftone', '.turbo', 'docs', 'node_modules'])

/**
 * A copy of the checkout in a temporary folder, with the packages' own links kept, so that they find each other in the
 * copy; what was installed is shared. The checkout is never written to.
 */
export async function copyCheckout(): Promise<{ dir: string; remove(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'halftone-mutant-'))
  await cp(root, dir, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !(left.has(basename(source)) && relative(root, source) === basename(source)),
  })
  await mkdir(join(dir, 'tmp'))
  await symlink(join(root, 'node_modules'), join(dir, 'node_modules'))
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) }
}

/** Applies a mutant to a copy; `undo` brings back what was there. Throws when a text is not there exactly once. */
export async function applyMutant(
  dir: string,
  { name, changes }: Mutant,
): Promise<{ undo(): Promise<void> }> {
  const before = new Map<string, string>()
  const undo = async () => {
    for (const [path, text] of before) await writeFile(path, text)
  }
  for (const { file, from, to } of changes) {
    const path = join(dir, file)
    const text = await readFile(path, 'utf8')
    const found = text.split(from).length - 1
    if (found !== 1) {
      await undo()
      throw new Error(`mutant "${name}" no longer fits: ${file} has its text ${found} times:\n${from}`)
    }
    if (!before.has(path)) before.set(path, text)
    await writeFile(
      path,
      text.replace(from, () => to),
    )
  }
  return { undo }
}
