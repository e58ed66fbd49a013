import { expect, test } from 'vitest'
import { fairShare, type Turns } from './fair-share.ts'

const empty = { ahead: 0 }
const jobs = (projectId: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({ projectId, index }))
const countOf = (picked: { projectId: string }[], projectId: string) =>
  picked.filter((job) => job.projectId === projectId).length

test('20 jobs behind 10,000 of another project are all among the first 40', () => {
  const { picked } = fairShare([...jobs('large', 10_000), ...jobs('small', 20)], 40, new Map(), empty)
  expect(countOf(picked, 'small')).toBe(20)
})

test('rounds with room for one job are as fair as one large round', () => {
  let [large, small] = [jobs('large', 10_000), jobs('small', 20)]
  let turns: Turns = new Map()
  for (let i = 0; i < 41; i++) {
    const share = fairShare([...large, ...small], 1, turns, empty)
    turns = share.turns
    large = large.filter((job) => !share.picked.includes(job))
    small = small.filter((job) => !share.picked.includes(job))
  }
  expect(small).toHaveLength(0)
})

test('a weight of three gets three turns of four, spread out', () => {
  const weightOf = (id: string) => (id === 'a' ? 3 : 1)
  const { picked } = fairShare([...jobs('a', 100), ...jobs('b', 100)], 8, new Map(), { ahead: 0, weightOf })
  expect(picked.map((job) => job.projectId).join('')).toMatch(/^(?=.{8}$)(a*b){2}a*$/)
  expect(countOf(picked, 'a')).toBe(6)
})

test("a project's own jobs keep their order", () => {
  const { picked } = fairShare([...jobs('a', 5), ...jobs('b', 5)], 10, new Map(), empty)
  for (const id of ['a', 'b'])
    expect(picked.filter((job) => job.projectId === id).map((job) => job.index)).toEqual([0, 1, 2, 3, 4])
})

test('whoever was alone for long owes nothing to a newcomer, and is owed nothing', () => {
  let turns: Turns = new Map()
  for (let i = 0; i < 1_000; i++) turns = fairShare(jobs('old', 5), 3, turns, empty).turns
  const { picked } = fairShare([...jobs('old', 100), ...jobs('new', 100)], 20, turns, empty)
  expect(countOf(picked, 'new')).toBe(10)
})

test('no room picks nothing, and room beyond the jobs picks them all', () => {
  expect(fairShare(jobs('a', 3), 0, new Map(), empty).picked).toEqual([])
  expect(fairShare(jobs('a', 3), 10, new Map(), empty).picked).toHaveLength(3)
})

test('a newcomer catches up on the tickets that are in the queue already', () => {
  const turns = fairShare(jobs('old', 5), 3, new Map(), empty).turns
  const { picked } = fairShare([...jobs('old', 100), ...jobs('new', 100)], 40, turns, { ahead: 20 })
  expect(countOf(picked.slice(0, 9), 'new')).toBe(9)
  expect(countOf(picked, 'new')).toBe(25)
})

test('coming back again and again gets no more than waiting in line', () => {
  let turns: Turns = new Map()
  let trickle = 0
  for (let i = 0; i < 200; i++) {
    const share = fairShare([...jobs('steady', 50), ...jobs('trickle', 3)], 4, turns, { ahead: 20 })
    turns = fairShare(jobs('steady', 50), 0, share.turns, { ahead: 20 }).turns
    trickle += countOf(share.picked, 'trickle')
  }
  expect(trickle).toBeLessThanOrEqual(400 + 20)
})
