import type { fileAnswerSchema } from '@halftone/contracts'
import type { FileRow } from '@halftone/ledger'
import type { z } from 'zod'
import type { AnswerLinks } from './links.ts'

export function fileAnswer(file: FileRow, links: AnswerLinks): z.infer<typeof fileAnswerSchema> {
  return {
    id: file.fileId,
    purpose: file.purpose,
    width: file.width,
    height: file.height,
    format: file.format,
    bytes: file.bytes,
    sha256: file.sha256,
    masked_pixels: file.maskedPixels,
    mask_template: file.maskTemplate,
    url: links.contentUrl(file.fileId),
    created_at: file.createdAt.toISOString(),
  }
}
