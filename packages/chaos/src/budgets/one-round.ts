import { pick, type Random } from '@halftone/contracts'

export interface RoundResult {
  accepted: number
  refused: number
  /** Cut by their caller before the answer: nobody told it whether they were accepted. */
  aborted: number
  /** Answers that are neither: there must be none. */
  odd: string[]
}

const abortedPart = 0.05

/** So many requests at the same moment, spread over all APIs, some of them cut midway. */
export async function oneRound(options: {
  apis: readonly string[]
  key: string
  body: unknown
  requests: number
  random: Random
}): Promise<RoundResult> {
  const { apis, key, requests, random } = options
  const result: RoundResult = { accepted: 0, refused: 0, aborted: 0, odd: [] }
  const body = JSON.stringify(options.body)
  await Promise.all(
    Array.from({ length: requests }, async () => {
      const cut = random() < abortedPart ? Math.round(random() * 150) : null
      const signal = cut === null ? AbortSignal.timeout(60_000) : AbortSignal.timeout(cut)
      try {
        const response = await fetch(`${pick(random, apis)}/v1/jobs`, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
          body,
          signal,
        })
        const text = await response.text()
        if (response.status === 202) result.accepted++
        else if (response.status === 402) result.refused++
        else result.odd.push(`${response.status} ${text.slice(0, 200)}`)
      } catch (error) {
        if (cut === null) result.odd.push(String(error))
        else result.aborted++
      }
    }),
  )
  return result
}

/** What a round shows that may not be. `stored`: the jobs that it left in Postgres. */
export function judgeRound(result: RoundResult, stored: number, affordable: number): string[] {
  const { accepted, aborted, odd } = result
  return [
    ...(stored === affordable ? [] : [`${stored} jobs are stored at a budget for ${affordable}`]),
    ...(accepted > stored ? [`${accepted} were accepted, ${stored} are stored`] : []),
    // an aborted one may have been accepted all the same
    ...(accepted + aborted < stored ? [`${stored} are stored, and only ${accepted} were accepted`] : []),
    ...odd.slice(0, 3).map((answer) => `an answer is neither yes nor no: ${answer}`),
  ]
}
