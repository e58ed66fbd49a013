import type { Offer, Report } from '@halftone/evaluation'
import { dollars, table } from '@halftone/terminal'

/** What is about to be bought, before it is. */
export function offerWords(offer: Offer): string {
  const rows = offer.field.contenders.map(({ key, size, usd }) => [
    key,
    size,
    dollars(usd),
    String(offer.prompts),
  ])
  const notes = [
    `${offer.pictures} pictures, ${offer.prompts} prompts of ${offer.types.join(', ')}: ${dollars(offer.quotedUsd)} of ${dollars(offer.budgetUsd)}`,
    ...(offer.judgeUsd === '0' ? [] : [`${dollars(offer.judgeUsd)} are kept back for the judge`]),
    ...(offer.leftOut === 0 ? [] : [`${offer.leftOut} further prompts do not fit into the budget`]),
    ...offer.field.absent.map(({ key, reason }) => `without ${key}: ${reason}`),
  ]
  return `${table(['model', 'size', 'a picture', 'pictures'], rows, { text: ['model', 'size'] })}\n\n${notes.map((note) => `  ${note}`).join('\n')}`
}

/** What was found. */
export function reportWords(report: Report): string {
  const floors = new Map(report.floors.map(({ content_type, floor }) => [content_type, floor]))
  const rows = report.scores
    .toSorted((a, b) => a.content_type.localeCompare(b.content_type) || b.score - a.score)
    .map((one) => [
      one.content_type,
      `${one.provider}/${one.model}`,
      one.score.toFixed(2),
      `${one.low.toFixed(2)} to ${one.high.toFixed(2)}`,
      String(one.n),
      one.method,
      floors.get(one.content_type)?.toFixed(2) ?? '',
      one.note ?? '',
    ])
  const headings = ['content type', 'model', 'score', '95 %', 'n', 'by', 'floor', 'found']
  const failed = report.failed.map(({ task, reason }) => `  no picture of ${task}: ${reason}`)
  const money = `  ${report.pictures} pictures for ${dollars(report.spent_usd)} (quoted ${dollars(report.quoted_usd)}, budget ${dollars(report.budget_usd)})`
  return [
    table(headings, rows, { text: ['content type', 'model', 'by', 'found'] }),
    '',
    ...failed,
    money,
    `  ${report.contact_sheet} shows them all`,
  ].join('\n')
}
