import { toUsd } from '@halftone/contracts'
import { quoteRule } from '@halftone/price-book'
import type { Claim } from '../claim.ts'
import type { Desk } from '../desk.ts'
import { maskOf, plainPicture } from '../pictures.ts'

/** What edits cost. */
export const editClaims: Claim[] = [
  {
    says: 'An edit is paid by its mask, and its cost is told before it is made: 50,000 pixels of a 1024 square are half a cent',
    ground: 'live',
    async show({ desk }) {
      const body = await inpaint(desk, 50_000)
      const { id, choice, candidates, break_even } = await desk.quote(body)
      const job = await desk.buy({ ...body, quote_id: id })
      const flat = candidates.find(({ model }) => model === 'flat-inpaint')
      return {
        call: 'POST /v1/quotes {"edit_kind": "inpaint", "mask": 50,000 px, …}; POST /v1/jobs with its "quote_id"',
        found: `quoted $${choice?.cost_usd} at ${choice?.provider}/${choice?.model}, billed $${job.cost_usd}; a flat edit is $${flat?.cost_usd}, a whole new picture $${break_even?.regenerate_cost_usd}`,
        holds:
          choice?.model === 'clipdrop' &&
          choice.cost_usd === '0.005' &&
          job.cost_usd === '0.005' &&
          flat?.cost_usd === '0.04',
      }
    },
  },
  {
    says: 'Paying by the mask beats a flat edit at 4 cents below 400,000 masked pixels, and loses above',
    ground: 'live',
    async show({ desk }) {
      const bodies = [await inpaint(desk, 399_000), await inpaint(desk, 401_000)]
      const [below, above] = await Promise.all(bodies.map((body) => desk.buy(body)))
      return {
        call: 'POST /v1/jobs {"edit_kind": "inpaint", "mask": 399,000 px}, then 401,000 px',
        found: `399,000: ${below?.model} for $${below?.cost_usd}; 401,000: ${above?.model} for $${above?.cost_usd}`,
        holds:
          below?.model === 'clipdrop' &&
          below.cost_usd === '0.0399' &&
          above?.model === 'flat-inpaint' &&
          above.cost_usd === '0.04',
        doubt: 'the guide names no flat price: the 4 cents are an operator’s own figure, and marked so',
      }
    },
  },
  {
    says: 'Carrying the style of one picture over a whole other one costs 6 cents',
    ground: 'live',
    async show({ desk }) {
      const [picture, style] = await Promise.all(
        ['#9bb4a8', '#c2452d'].map(async (colour) => desk.upload(await plainPicture(colour), 'image')),
      )
      const job = await desk.buy({
        operation: 'edit',
        edit_kind: 'style-transfer',
        prompt: 'as a woodcut',
        image: [picture ?? '', style ?? ''],
      })
      return {
        call: 'POST /v1/jobs {"operation": "edit", "edit_kind": "style-transfer", …}',
        found: `${job.provider}/${job.model} for $${job.cost_usd}`,
        holds: job.model === 'clipdrop' && job.cost_usd === '0.06',
        doubt:
          'a whole 1024 square at the guide’s own rate for masked pixels would be $0.1049, not $0.06: so it is read as a flat price',
      }
    },
  },
  {
    says: 'Batches of edits with a predefined mask are 40 % cheaper, and only those',
    ground: 'reckoned',
    async show({ reckoner }) {
      const rule = reckoner.rule('op:deepseek/janus/edit')
      const guides = quoteRule(reckoner.rule('ref:deepseek/janus/edit'), { width: 1024, height: 1024, n: 1 })
      const ask = (extra: { batch?: boolean; mask_template?: 'predefined' | 'freehand' }) => {
        const quote = quoteRule(rule, { width: 1024, height: 1024, n: 1, ...extra })
        return quote.status === 'known' ? toUsd(quote.nano_usd) : quote.status
      }
      const [live, template, freehand] = [
        ask({}),
        ask({ batch: true, mask_template: 'predefined' }),
        ask({ batch: true, mask_template: 'freehand' }),
      ]
      return {
        call: 'quoteRule(op:deepseek/janus/edit, {"batch": true, "mask_template": "predefined"})',
        found: `$${live} alone, $${template} in a batch by template, $${freehand} in a batch by hand`,
        holds: live === '0.05' && template === '0.03' && freehand === '0.05' && guides.status === 'unknown',
        doubt:
          'the guide takes 40 % off a price that it does not name, so its own rule stays unknown; the 5 cents are an operator’s own figure, and marked so',
      }
    },
  },
]

async function inpaint(desk: Desk, maskedPixels: number) {
  const [image, mask] = await Promise.all([
    desk.upload(await plainPicture('#d9c7b0'), 'image'),
    desk.upload(await maskOf(maskedPixels), 'mask'),
  ])
  return {
    operation: 'edit' as const,
    edit_kind: 'inpaint' as const,
    prompt: 'a small plant in its place',
    image,
    mask,
  }
}
