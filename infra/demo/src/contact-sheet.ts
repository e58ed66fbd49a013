import { writeFile } from 'node:fs/promises'
import type { JobAnswer } from '@halftone/contracts'
import { dollars } from '@halftone/terminal'
import sharp from 'sharp'
import type { Report } from './tally.ts'

/** One page with every picture, what it cost and why that provider made it. Self-contained: it can be mailed. */
export async function writeContactSheet(
  path: string,
  jobs: JobAnswer[],
  prompts: string[],
  report: Report,
): Promise<void> {
  const cards: string[] = []
  for (let at = 0; at < jobs.length; at += 16) {
    const chunk = jobs.slice(at, at + 16)
    cards.push(...(await Promise.all(chunk.map((job, index) => card(job, prompts[at + index] ?? '')))))
  }
  await writeFile(path, page(cards, report))
}

async function card(job: JobAnswer, prompt: string): Promise<string> {
  const image = job.images[0]
  const picture = image
    ? `<img loading="lazy" alt="${escapeHtml(prompt)}" src="${await thumbnail(image.url)}">`
    : `<div class="none">${job.status}</div>`
  const price = job.cost_usd === null ? '' : dollars(job.cost_usd)
  const label = job.content_type?.label.replaceAll('_', ' ') ?? ''
  const kind = job.operation === 'generate' ? label : job.operation
  return `<figure data-provider="${job.provider ?? 'none'}">${picture}<figcaption>
<b>${price}</b> <span>${escapeHtml(job.provider ?? '')} · ${escapeHtml(job.model ?? '')}</span><em>${kind}</em>
<p>${escapeHtml(prompt)}</p><details><summary>why</summary>${escapeHtml(job.error?.message ?? job.why?.summary ?? '')}</details>
</figcaption></figure>`
}

async function thumbnail(url: string): Promise<string> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  const small = await sharp(Buffer.from(await response.arrayBuffer()), { sequentialRead: true })
    .resize(240, 240, { fit: 'inside' })
    .webp({ quality: 60, effort: 0 })
    .toBuffer()
  return `data:image/webp;base64,${small.toString('base64')}`
}

function page(cards: string[], report: Report): string {
  const saved =
    report.savings_usd === null
      ? ''
      : ` · saved <b>${dollars(report.savings_usd)}</b> against ${escapeHtml(report.baseline_model ?? '')} for all`
  const filters = Object.entries(report.by_provider)
    .map(
      ([id, { jobs, cost_usd }]) =>
        `<button data-filter="${escapeHtml(id)}">${escapeHtml(id)} · ${jobs} · ${dollars(cost_usd)}</button>`,
    )
    .join('')
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Halftone contact sheet</title><style>
:root{color-scheme:light dark;--ink:#1d2326;--paper:#f5f3ee;--card:#fff;--dim:#6c757a}
@media (prefers-color-scheme:dark){:root{--ink:#e8e6e1;--paper:#15191b;--card:#1f2528;--dim:#8f999e}}
body{margin:0;padding:2rem;font:14px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
h1{margin:0 0 .25rem;font-size:1.6rem}header p{margin:.25rem 0 1rem;color:var(--dim)}
button{font:inherit;border:1px solid var(--dim);background:none;color:inherit;border-radius:99px;padding:.2rem .8rem;margin:0 .4rem .4rem 0;cursor:pointer}
button[aria-pressed=true]{background:var(--ink);color:var(--paper)}
main{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:1rem;margin-top:1rem}
figure{margin:0;background:var(--card);border-radius:10px;overflow:hidden;box-shadow:0 1px 3px #0002}
img,.none{display:block;width:100%;aspect-ratio:1;object-fit:contain;background:#8882}.none{display:grid;place-items:center;color:var(--dim)}
figcaption{padding:.6rem .75rem .75rem}figcaption span{color:var(--dim)}figcaption em{display:block;color:var(--dim);font-size:12px}
figcaption p{margin:.35rem 0;display:-webkit-box;-webkit-line-clamp:3;-webkit-box-orient:vertical;overflow:hidden}
details{font-size:12px;color:var(--dim)}summary{cursor:pointer}
</style><header><h1>${report.jobs.succeeded} pictures for ${dollars(report.cost_usd)}</h1>
<p>${report.jobs.submitted} jobs in ${report.seconds} s${saved} · ${report.reroutes} rerouted · simulated providers, simulated money</p>
<div>${filters}</div></header><main>${cards.join('\n')}</main><script>
for(const button of document.querySelectorAll('button'))button.onclick=()=>{const on=button.ariaPressed!=='true';
for(const other of document.querySelectorAll('button'))other.ariaPressed=false;button.ariaPressed=on;
for(const card of document.querySelectorAll('figure'))card.hidden=on&&card.dataset.provider!==button.dataset.filter}
</script></html>
`
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
