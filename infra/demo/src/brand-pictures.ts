import { Resvg } from '@resvg/resvg-js'
import type { BrandPicture } from './schedule.ts'

const side = 1024

/** Draws the brand's own pictures and masks, and uploads them by `POST /v1/files`. */
export async function uploadBrandPictures(api: string, key: string): Promise<BrandPicture[]> {
  return Promise.all(
    palettes.map(async (palette, index) => ({
      image: await upload(api, key, 'image', draw(stillLife(palette))),
      masks: await Promise.all(
        [0.12 + index * 0.03, 0.3, 0.5].map((part) => upload(api, key, 'mask', draw(spot(part, index)))),
      ),
    })),
  )
}

const palettes = [
  { wall: '#d9c7b0', table: '#7b5b3f', cup: '#f4efe6', rim: '#2f4a43' },
  { wall: '#b7c4c0', table: '#4b5750', cup: '#e8b46a', rim: '#6b2f1d' },
  { wall: '#e7d9d3', table: '#9a6b5b', cup: '#31475e', rim: '#f0ece4' },
] as const

function stillLife({ wall, table, cup, rim }: (typeof palettes)[number]): string {
  return `<rect width="1024" height="640" fill="${wall}"/><rect y="640" width="1024" height="384" fill="${table}"/>
    <circle cx="780" cy="210" r="120" fill="#fff" fill-opacity=".35"/>
    <ellipse cx="512" cy="800" rx="290" ry="60" fill="#000" fill-opacity=".18"/>
    <path d="M330 470 h364 v210 a182 140 0 0 1 -364 0 z" fill="${cup}"/>
    <path d="M694 520 a90 90 0 0 1 0 180" fill="none" stroke="${cup}" stroke-width="38"/>
    <ellipse cx="512" cy="470" rx="182" ry="48" fill="${rim}"/>`
}

/** White = edit, on black: a round spot that covers `part` of the width. */
function spot(part: number, index: number): string {
  return `<rect width="1024" height="1024" fill="#000"/><circle cx="${300 + index * 180}" cy="${340 + index * 90}" r="${Math.round(side * part * 0.5)}" fill="#fff"/>`
}

function draw(body: string): Buffer {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}" shape-rendering="crispEdges">${body}</svg>`
  return Buffer.from(new Resvg(svg).render().asPng())
}

async function upload(api: string, key: string, purpose: 'image' | 'mask', bytes: Buffer): Promise<string> {
  const form = new FormData()
  form.append('purpose', purpose)
  form.append('file', new Blob([new Uint8Array(bytes)], { type: 'image/png' }), `${purpose}.png`)
  const response = await fetch(`${api}/v1/files`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: form,
  })
  if (!response.ok) throw new Error(`the upload was refused (${response.status}): ${await response.text()}`)
  const { id } = (await response.json()) as { id: string }
  return id
}
