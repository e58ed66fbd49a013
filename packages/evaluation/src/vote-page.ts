import { escapeHtml } from './escape-html.ts'

/** Two pictures side by side and nothing that tells who made them. Keys: left, right, down for a tie, u to take back. */
export function votePage(base: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Which is better?</title><style>
:root{color-scheme:light dark;--ink:#1d2326;--paper:#f5f3ee;--dim:#6c757a;--mark:#2f6fde}
@media (prefers-color-scheme:dark){:root{--ink:#e8e6e1;--paper:#15191b;--dim:#8f999e;--mark:#7aa7ff}}
body{margin:0;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);height:100vh;display:grid;grid-template-rows:auto 1fr auto;gap:.75rem;padding:1rem;box-sizing:border-box}
h1{font-size:1.1rem;margin:0;text-align:center;font-weight:500}main{display:grid;grid-template-columns:1fr 1fr;gap:1rem;min-height:0}
button{font:inherit;border:3px solid transparent;border-radius:12px;background:none;color:inherit;padding:0;cursor:pointer;min-height:0;min-width:0}
button:focus-visible,button:hover{border-color:var(--mark);outline:none}main img{width:100%;height:100%;object-fit:contain}
footer{text-align:center;color:var(--dim)}footer button{padding:.2rem 1rem;border:1px solid var(--dim)}
</style><h1 id="prompt" aria-live="polite">…</h1>
<main><button id="left" aria-label="The left one is better"><img id="a" alt="first picture"></button><button id="right" aria-label="The right one is better"><img id="b" alt="second picture"></button></main>
<footer><button id="tie">equal ↓</button> <button id="undo">take back (u)</button> <button id="done">enough</button><p><span id="left-over"></span> · ← and → choose, ↓ is a tie</p></footer>
<script>
const base=${JSON.stringify(escapeHtml(base))},$=id=>document.getElementById(id);let pair=null
function show(answer){pair=answer.pair
if(!pair){document.body.innerHTML='<h1>Thank you: that was all. You can close this page.</h1>';return}
$('prompt').textContent=answer.prompt;$('a').src=base+'/picture/'+pair+'/left';$('b').src=base+'/picture/'+pair+'/right';$('left-over').textContent=answer.left+' to go'}
async function say(what){if(!pair&&what!=='done')return;const of=pair;pair=null
show(await(await fetch(base+'/vote',{method:'POST',headers:{'content-type':'application/json'},body:JSON.stringify({pair:of,vote:what})})).json())}
for(const[id,what]of[['left','left'],['right','right'],['tie','tie'],['undo','undo'],['done','done']])$(id).onclick=()=>say(what)
onkeydown=event=>{const what={ArrowLeft:'left',ArrowRight:'right',ArrowDown:'tie',u:'undo'}[event.key];if(what&&!event.repeat){event.preventDefault();say(what)}}
fetch(base+'/next').then(answer=>answer.json()).then(show)
</script></html>
`
}
