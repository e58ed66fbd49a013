import type { JobInput } from '@halftone/contracts'
import sharp from 'sharp'
import type { Door } from './door.ts'

const side = 64

/** Edits of a picture of 64×64, the smallest there are: what is measured is the way of a job, not of its pixels. */
export async function smallEdits(door: Door, count: number, promptLength = 40): Promise<JobInput[]> {
  const create = { width: side, height: side, channels: 3, background: '#d9c7b0' } as const
  const half = Buffer.alloc(side * side)
  half.fill(255, 0, half.length / 2)
  const raw = { width: side, height: side, channels: 1 } as const
  const [image, mask] = await Promise.all([
    door.upload(await sharp({ create }).png().toBuffer(), 'image'),
    door.upload(await sharp(half, { raw }).png().toBuffer(), 'mask'),
  ])
  return Array.from({ length: count }, (_, place) => ({
    operation: 'edit',
    edit_kind: 'inpaint',
    prompt: `a small plant, no. ${place} `.padEnd(promptLength, '~'),
    image,
    mask,
  }))
}
