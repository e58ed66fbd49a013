import type { Api } from './api.ts'

interface FeedRule {
  rule_id: string
  provider: string
  amount_usd: string
}

/**
 * What goes wrong in the demo, through the simulator's control: once a third is done, the provider with most work
 * before it goes down for a while, and comes back with a higher price.
 */
export function createTrouble(simulator: string, api: Api) {
  let pricesSeen = 0
  let happened: Promise<void> | undefined

  async function happen(say: (text: string) => void): Promise<void> {
    const busiest = (await api.providers()).toSorted((a, b) => load(b) - load(a))[0]?.id ?? 'replicate'
    await send(`${simulator}/faults`, 'POST', { provider: busiest, kind: 'down', rate: 1, for_ms: 12_000 })
    say(`${busiest} is down for 12 s`)

    const { rules } = (await (await fetch(`${simulator}/prices`)).json()) as { rules: FeedRule[] }
    const rule = rules.find(({ provider }) => provider === busiest)
    if (!rule) return
    const before = await priceOf(rule.rule_id)
    const amount = String(Number((Number(rule.amount_usd) * 1.25).toFixed(6)))
    await send(`${simulator}/prices/${encodeURIComponent(rule.rule_id)}`, 'PUT', { amount_usd: amount })
    say(`${rule.rule_id} now costs $${amount} instead of $${rule.amount_usd}`)
    for (let tries = 0; tries < 100; tries++) {
      if ((await priceOf(rule.rule_id)) !== before) {
        pricesSeen++
        return
      }
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }

  const load = ({ depth }: { depth: { waiting: number; running: number } }) => depth.waiting + depth.running
  const priceOf = async (ruleId: string) =>
    (await api.prices()).data.find(({ rule_id }) => rule_id === ruleId)?.cost_per_image_usd

  return {
    /** Makes it happen once; later calls do nothing. */
    start(say: (text: string) => void): void {
      happened ??= happen(say).catch((error: Error) => say(`no more trouble: ${error.message}`))
    },
    /** How many price changes the API showed. */
    async priceChangesSeen(): Promise<number> {
      await happened
      return pricesSeen
    },
  }
}

async function send(url: string, method: string, body: unknown): Promise<void> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${await response.text()}`)
}
