import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '@halftone/contracts'
import { beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { collectVotes } from './collect-votes.ts'
import { pairsOf } from './judge-pairs.ts'
import { picturesOf } from './testing/sample-pictures.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'halftone-votes-'))
  return () => rm(dir, { recursive: true, force: true })
})
const pairs = pairsOf(picturesOf('portrait-1', ['x/good', 'y/bad', 'z/ugly']))

/** Prefers the name that comes first in the alphabet, for so many pairs. */
async function visit(most: number, undoFirst = false) {
  const { promise: address, resolve } = Promise.withResolvers<string>()
  const random = seededRandom(3)
  const votes = collectVotes({ dir, pairs, random, onReady: resolve })
  const url = await address
  const page = await (await fetch(url)).text()
  const nextSchema = z.object({ pair: z.string().nullable() })
  const send = async (of: string | null, vote: string) => {
    const body = JSON.stringify({ pair: of, vote })
    return nextSchema.parse(await (await fetch(`${url}/vote`, { method: 'POST', body })).json())
  }
  const shown: string[] = []
  let { pair } = nextSchema.parse(await (await fetch(`${url}/next`)).json())
  for (let i = 0; i < most && pair !== null; i++) {
    const of = async (side: string) => (await fetch(`${url}/picture/${pair}/${side}`)).text()
    const [left, right] = [await of('left'), await of('right')]
    shown.push(left)
    if (undoFirst && i === 0) {
      await send(pair, left < right ? 'right' : 'left')
      await send(null, 'undo')
    }
    pair = (await send(pair, left < right ? 'left' : 'right')).pair
  }
  if (pair !== null) await send(null, 'done')
  return { votes: await votes, page, url, shown }
}

test('a person votes blind; what was voted is kept over visits, and can be taken back', async () => {
  const first = await visit(2, true)
  expect(first.page).not.toMatch(/x\/good|y\/bad|z\/ugly/)
  expect(first.votes).toHaveLength(2)
  const second = await visit(3)
  expect(second.shown, 'only what is left').toHaveLength(1)
  expect(second.votes.map(({ comparison }) => comparison).toSorted((a, b) => (a.b < b.b ? -1 : 1))).toEqual([
    { a: 'x/good', b: 'y/bad', share: 1 },
    { a: 'x/good', b: 'z/ugly', share: 1 },
    { a: 'y/bad', b: 'z/ugly', share: 1 },
  ])
})
