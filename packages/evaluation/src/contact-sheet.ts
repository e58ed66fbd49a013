import { writeFile } from 'node:fs/promises'
import type { QualityFloor, QualityScore } from '@halftone/contracts'
import sharp from 'sharp'
import { escapeHtml } from './escape-html.ts'
import type { Picture } from './pictures.ts'
import type { Reading } from './read-pictures.ts'

export interface Evidence {
  pictures: readonly Picture[]
  readings: readonly Reading[]
  scores: readonly QualityScore[]
  floors: readonly QualityFloor[]
  spentUsd: string
  at: string
}

/** One page with every picture beside the others of its prompt, what was read in it, and the table that follows. */
export async function writeContactSheet(file: string, evidence: Evidence): Promise<void> {
  const read = new Map(evidence.readings.map((reading) => [reading.picture, reading]))
  const rows: string[] = []
  for (const [, pictures] of Map.groupBy(evidence.pictures, ({ task }) => task.prompt.id)) {
    const { prompt, contentType } = pictures[0]!.task.prompt
    const cards = await Promise.all(pictures.map((picture) => card(picture, read.get(picture))))
    rows.push(
      `<section><h2>${escapeHtml(contentType.replaceAll('_', ' '))} <small>${escapeHtml(prompt)}</small></h2><div>${cards.join('')}</div></section>`,
    )
  }
  await writeFile(file, page(rows, evidence))
}

async function card(picture: Picture, reading: Reading | undefined): Promise<string> {
  const { contender } = picture.task
  const said = reading
    ? `<b class="${reading.score >= 0.5 ? 'good' : 'bad'}">${(reading.score * 100).toFixed(0)}</b> read: <q>${escapeHtml(reading.text.replace(/\s+/g, ' ').trim().slice(0, 120))}</q>`
    : ''
  return `<figure><img loading="lazy" alt="${escapeHtml(picture.task.prompt.prompt)}" src="${await thumbnail(picture)}"><figcaption><b>${escapeHtml(contender.key)}</b> <span>${contender.size} · $${escapeHtml(picture.usd ?? '?')}</span><p>${said}</p></figcaption></figure>`
}

async function thumbnail({ bytes }: Picture): Promise<string> {
  const small = await sharp(bytes).resize(320, 320, { fit: 'inside' }).webp({ quality: 70 }).toBuffer()
  return `data:image/webp;base64,${small.toString('base64')}`
}

function page(rows: readonly string[], { scores, floors, spentUsd, at, pictures }: Evidence): string {
  const floorOf = new Map(floors.map(({ content_type, floor }) => [content_type, floor]))
  const lines = scores.map(
    (one) =>
      `<tr><td>${one.content_type}<td>${escapeHtml(`${one.provider}/${one.model}`)}<td>${one.score.toFixed(2)}<td>${one.low.toFixed(2)} to ${one.high.toFixed(2)}<td>${one.n}<td>${one.method}<td>${floorOf.get(one.content_type) ?? ''}<td>${escapeHtml(one.note ?? '')}`,
  )
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Halftone evaluation</title><style>
:root{color-scheme:light dark;--ink:#1d2326;--paper:#f5f3ee;--card:#fff;--dim:#6c757a;--good:#1d7a3d;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--ink:#e8e6e1;--paper:#15191b;--card:#1f2528;--dim:#8f999e;--good:#6fd08c;--bad:#ff8a80}}
body{margin:0;padding:2rem;font:14px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
small,span,header p{color:var(--dim)}h2{font-size:1rem;margin:1.5rem 0 .5rem}h2 small{font-weight:400}
section>div{display:grid;grid-template-columns:repeat(auto-fill,minmax(220px,1fr));gap:1rem}
figure{margin:0;background:var(--card);border-radius:10px;overflow:hidden}img{display:block;width:100%;aspect-ratio:1;object-fit:contain}
figcaption{padding:.6rem .75rem}figcaption p{margin:.3rem 0 0}.good{color:var(--good)}.bad{color:var(--bad)}
table{border-collapse:collapse}td,th{padding:.2rem .8rem .2rem 0;text-align:left;border-bottom:1px solid #8883}
</style><header><h1>${pictures.length} pictures for $${escapeHtml(spentUsd)}</h1><p>${escapeHtml(at)}</p></header>
<table><tr><th>content type<th>model<th>score<th>95 %<th>n<th>method<th>floor<th>note${lines.join('')}</table>
${rows.join('\n')}</html>
`
}
