import { loadCatalogue } from '@halftone/catalogue'
import { expect, test } from 'vitest'
import { claims } from './all-claims.ts'
import type { Claim } from './claim.ts'
import type { Desk } from './desk.ts'
import { createReckoner } from './reckoner.ts'
import { takeTour } from './take-tour.ts'

const nobody = async (): Promise<never> => {
  throw new Error('there is no stack')
}
const absentDesk: Desk = {
  buy: nobody,
  refused: nobody,
  quote: nobody,
  prices: nobody,
  upload: nobody,
  setPrice: nobody,
  takeDown: nobody,
  repair: nobody,
}

test('every golden case that needs no stack holds', async () => {
  const reckoner = createReckoner(await loadCatalogue('reference'))
  const reckoned = claims.filter(({ ground }) => ground === 'reckoned')
  const failures: string[] = []
  const { holding } = await takeTour(reckoned, { desk: absentDesk, reckoner }, (_, claim, finding) => {
    if (!finding.holds) failures.push(`${claim.says}: ${finding.found}`)
  })
  expect(failures).toEqual([])
  expect(holding).toBe(reckoned.length)
})

test('a claim that cannot be shown does not hold, and the tour goes on', async () => {
  const reckoner = createReckoner(await loadCatalogue('reference'))
  const good: Claim = {
    says: 'so it is',
    ground: 'live',
    show: async () => ({ call: '', found: '', holds: true }),
  }
  const broken: Claim = { ...good, show: ({ desk }) => desk.buy({ prompt: 'x' }).then(() => nobody()) }
  const seen: boolean[] = []
  const { holding } = await takeTour([broken, good], { desk: absentDesk, reckoner }, (_, __, { holds }) =>
    seen.push(holds),
  )
  expect({ holding, seen }).toEqual({ holding: 1, seen: [false, true] })
})
