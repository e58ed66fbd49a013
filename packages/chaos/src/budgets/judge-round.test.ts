import { expect, test } from 'vitest'
import { judgeRound } from './one-round.ts'

const round = { accepted: 10, refused: 180, aborted: 10, odd: [] }

test('a round is good with exactly what the budget affords, and only then', () => {
  expect(judgeRound(round, 10, 10)).toEqual([])
  expect(judgeRound({ ...round, accepted: 8 }, 10, 10)).toEqual([])
  expect(judgeRound(round, 11, 10)).not.toEqual([])
  expect(judgeRound(round, 9, 10)).not.toEqual([])
  expect(judgeRound({ ...round, accepted: 8, aborted: 0 }, 10, 10)).not.toEqual([])
  expect(judgeRound({ ...round, odd: ['500'] }, 10, 10)).not.toEqual([])
})
