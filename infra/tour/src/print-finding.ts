import { styleText } from 'node:util'
import type { Claim, Finding } from './claim.ts'

/** One claim as a person reads it: the sentence, the call, the figures, true or not. */
export function printFinding(number: number, claim: Claim, finding: Finding): void {
  const mark = finding.holds ? styleText('green', '✓ true ') : styleText('red', '✗ FALSE')
  const ground = claim.ground === 'live' ? 'call' : 'reckoned'
  console.log(`\n${String(number).padStart(2)}  ${mark}  ${styleText('bold', claim.says)}`)
  console.log(line(ground, finding.call))
  console.log(line('found', finding.found))
  if (finding.doubt) console.log(line('but', styleText('yellow', finding.doubt)))
}

function line(name: string, text: string): string {
  return `    ${styleText('gray', name.padEnd(9))} ${text}`
}
