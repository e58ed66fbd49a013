import { resolve } from 'node:path'
import { bar } from '@halftone/terminal'
import { z } from 'zod'
import { type Api, readAnswer } from '../api.ts'
import { fetchPicture, isThere, type Wanted } from '../download/fetch-picture.ts'
import { manifestOf } from '../download/manifest.ts'
import { type NamePicture, pictureNames } from '../download/picture-name.ts'
import { Failure, usageFailure } from '../failure.ts'
import { tryAgain } from '../try-again.ts'
import { defineVerb, positionals, type VerbContext } from '../verb.ts'
import { counted } from '../words.ts'

const defaultName = '{index}-{n}.{format}'

export const download = defineVerb({
  name: 'download',
  summary: 'fetch all pictures of a bulk into a folder',
  usage: `halftone download BULK --out DIR [--name TEMPLATE] [--parallel N] [--verify]

What is there already is not fetched again: stop it whenever you like, and say the same once more.

  --out DIR          where to (else a folder named after the bulk)
  --name TEMPLATE    like '{metadata.slug}-{index}.{format}' (else '${defaultName}'); in braces: index, n (the how
                     manieth of its job), job_id, file_id, provider, model, format, width, height, metadata.<key>
  --parallel N       how many at once, 1 to 32 (else 8)
  --verify           ask for the hash of what is there, too, and fetch anew what differs

  halftone download bulk_0190… --out pictures --name '{metadata.slug}/{n}.{format}'`,
  options: {
    out: { type: 'string' },
    name: { type: 'string' },
    parallel: { type: 'string' },
    verify: { type: 'boolean' },
  },
  async run({ values, positionals: given }, context) {
    const [bulk = ''] = positionals(given, ['BULK'], 'download')
    const { parallel = '8', name = defaultName } = values
    if (!/^([1-9]|[12]\d|3[0-2])$/.test(parallel))
      throw usageFailure(`--parallel "${parallel}" is none`, 'give 1 to 32')
    const naming = pictureNames(name)
    const out = resolve(context.cwd, values.out ?? bulk.replaceAll(/[^\w-]/g, '-'))
    const api = await context.api()
    const wanted = await listPictures(api, bulk, out, naming)
    if (wanted.length === 0)
      throw new Failure('failed', `${bulk} has no pictures yet`, { next: `"halftone watch ${bulk}" waits` })
    const done = await fetchAll(context, api, wanted, { parallel: Number(parallel), verify: values.verify })
    const { fetched, there, failed } = done
    context.show({ out, fetched, there, failed }, () =>
      [
        `  ${counted(fetched, 'picture')} fetched to ${out}${there > 0 ? `, ${there.toLocaleString('en-US')} were there` : ''}`,
        ...failed.slice(0, 10).map(({ path, message }) => `  not ${path}: ${message}`),
      ].join('\n'),
    )
    if (failed.length > 0)
      throw new Failure('failed', `${counted(failed.length, 'picture')} could not be fetched`, {
        next: 'say the same again: only what is missing is fetched',
      })
  },
})

type Picture = Wanted & { fileId: string }

/** All of them, each under a name that no other has. */
async function listPictures(api: Api, bulk: string, out: string, naming: NamePicture): Promise<Picture[]> {
  const pictures: Picture[] = []
  // some file systems do not tell large letters from small ones
  const taken = new Map<string, string>()
  const twice: string[] = []
  for await (const row of manifestOf(api, bulk))
    for (const [at, image] of row.images.entries()) {
      const name = naming(row, image, at + 1)
      const before = taken.get(name.toLowerCase())
      if (before !== undefined) twice.push(`${name}: ${before} and ${row.job_id}`)
      taken.set(name.toLowerCase(), row.job_id)
      pictures.push({ path: resolve(out, name), url: image.url, bytes: image.bytes, fileId: image.file_id })
    }
  if (twice.length > 0)
    throw usageFailure(
      `${counted(twice.length, 'picture')} would have the name of another, like ${twice.slice(0, 3).join('; ')}`,
      'add {index} and {n} to --name: together they are different for each',
    )
  return pictures
}

async function fetchAll(
  context: VerbContext,
  api: Api,
  pictures: readonly Picture[],
  { parallel, verify }: { parallel: number; verify: boolean | undefined },
) {
  const { screen, interrupted } = context
  const done = { fetched: 0, there: 0, failed: [] as { path: string; message: string }[] }
  const left = pictures.values()
  const one = async (picture: Picture) => {
    if (await isThere(picture, verify ? await hashOf(api, picture.fileId) : null)) return done.there++
    await tryAgain(context, () => fetchPicture(picture, interrupted))
    return done.fetched++
  }
  const line = async () => {
    for (const picture of left) {
      if (interrupted.aborted) return
      await one(picture).catch((error: unknown) => {
        if (!(error instanceof Failure)) throw error
        if (!interrupted.aborted) done.failed.push({ path: picture.path, message: error.message })
      })
      const ended = done.fetched + done.there + done.failed.length
      screen?.draw(`  ${bar(ended / pictures.length, 24)} ${ended}/${pictures.length}`)
    }
  }
  await Promise.all(Array.from({ length: parallel }, line)).finally(() => screen?.draw(''))
  if (interrupted.aborted)
    throw new Failure('interrupted', `${done.fetched} of ${counted(pictures.length, 'picture')} fetched`, {
      next: 'say the same again: only what is missing is fetched',
    })
  return done
}

async function hashOf(api: Api, fileId: string): Promise<string> {
  const answer = await api.get(`/v1/files/${encodeURIComponent(fileId)}`)
  return readAnswer(z.object({ sha256: z.string() }), answer).sha256
}
