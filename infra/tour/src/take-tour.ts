import type { Claim, Finding } from './claim.ts'
import type { Desk } from './desk.ts'
import type { Reckoner } from './reckoner.ts'

/** Shows one claim after the other. A claim that cannot be shown does not hold. */
export async function takeTour(
  claims: readonly Claim[],
  parts: { desk: Desk; reckoner: Reckoner },
  onFinding: (number: number, claim: Claim, finding: Finding) => void,
): Promise<{ holding: number }> {
  let holding = 0
  for (const [index, claim] of claims.entries()) {
    const finding = await claim.show(parts).catch((error: unknown): Finding => {
      const found = `it could not be shown: ${error instanceof Error ? error.message : error}`
      return { call: '-', found, holds: false }
    })
    if (finding.holds) holding++
    onFinding(index + 1, claim, finding)
  }
  return { holding }
}
