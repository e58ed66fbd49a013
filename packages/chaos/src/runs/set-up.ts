import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Stack } from '@halftone/local'
import sharp from 'sharp'
import { z } from 'zod'

/** What an operator and a customer do before the first job. */
export async function setUpCustomers(
  stack: Stack,
  poorBudgetUsd: string,
): Promise<{ poorKey: string; picture: string; mask: string }> {
  const admin = { authorization: `Bearer ${stack.adminKey}`, 'content-type': 'application/json' }
  const ask = async (method: string, path: string, body: unknown) => {
    const init = { method, headers: admin, body: JSON.stringify(body) }
    const response = await fetch(`${stack.api}${path}`, init)
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`)
    return response.json()
  }
  const { key, project_id } = z
    .object({ key: z.string(), project_id: z.string() })
    .parse(await ask('POST', '/admin/v1/keys', { project: 'poor' }))
  await ask('PUT', `/admin/v1/budgets/${project_id}`, { limit_usd: poorBudgetUsd })
  return {
    poorKey: key,
    picture: await upload(stack, 'image', await draw('#b7c4c0', '#6b2f1d')),
    mask: await upload(stack, 'mask', await draw('#000000', '#ffffff')),
  }
}

/** A spot on a ground. */
async function draw(ground: string, spot: string): Promise<Buffer> {
  const input = await sharp({ create: { width: 300, height: 300, channels: 3, background: spot } })
    .png()
    .toBuffer()
  return sharp({ create: { width: 1024, height: 1024, channels: 3, background: ground } })
    .composite([{ input, left: 360, top: 360 }])
    .png()
    .toBuffer()
}

async function upload(stack: Stack, purpose: 'image' | 'mask', bytes: Buffer): Promise<string> {
  const form = new FormData()
  form.append('purpose', purpose)
  form.append('file', new Blob([new Uint8Array(bytes)], { type: 'image/png' }), `${purpose}.png`)
  const headers = { authorization: `Bearer ${stack.key}` }
  const response = await fetch(`${stack.api}/v1/files`, { method: 'POST', headers, body: form })
  if (!response.ok) throw new Error(`the upload was refused: ${await response.text()}`)
  return z.object({ id: z.string() }).parse(await response.json()).id
}

/** Words that nobody would write by chance. */
export function plantedWords(): { providerKey: string; prompt: string } {
  const word = () => randomBytes(12).toString('hex')
  return { providerKey: `sk-canary-${word()}`, prompt: `canary-${word()}` }
}

/** The stack's own secrets, which may be in no log, no message and no store. */
export async function secretWords(dir: string, stack: Stack): Promise<Record<string, string>> {
  const secrets = z
    .object({ key: z.string(), adminKey: z.string(), urlSecret: z.string() })
    .parse(JSON.parse(await readFile(join(dir, 'secrets.json'), 'utf8')))
  return {
    'API key': secrets.key,
    'admin key': secrets.adminKey,
    'URL secret': secrets.urlSecret,
    'webhook secret': stack.webhookSecret,
  }
}
