import type { Claim } from './claim.ts'
import { editClaims } from './claims/edits.ts'
import { outageClaims } from './claims/outage.ts'
import { priceClaims } from './claims/prices.ts'
import { qualityClaims } from './claims/quality.ts'
import { routingClaims } from './claims/routing.ts'

/** In the order of the tour: one after the other, since some of them move prices and take providers down. */
export const claims: Claim[] = [
  ...routingClaims,
  ...qualityClaims,
  ...editClaims,
  ...priceClaims,
  ...outageClaims,
]
