import type { FaultKind } from '../faults.ts'
import { judge } from '../trigger-words.ts'
import type { GeminiModel } from './models.ts'
import type { GenerateRequest } from './request.ts'
import { textTokens, type Used, usageMetadata, usedByPrompt } from './usage.ts'

/** A 200 that brings no picture, and what it is charged; `used` null = nothing. */
export interface Refusal {
  body: Record<string, unknown>
  used: Used | null
}

/** Every reason with which an answer may end without a picture; a prompt asks for one as `finish-reason-no_image`. */
const finishReasons = [
  'SAFETY',
  'PROHIBITED_CONTENT',
  'BLOCKLIST',
  'SPII',
  'RECITATION',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_RECITATION',
  'NO_IMAGE',
  'IMAGE_OTHER',
  'OTHER',
  'MAX_TOKENS',
  'MALFORMED_RESPONSE',
]

const prose = 'I can’t make a picture of a real person, but I would be glad to help with something else.'

/** What moderation makes of a request: nothing (null), a blocked prompt, an ended answer, or a polite refusal in prose. */
export function refusalOf(
  model: GeminiModel,
  request: GenerateRequest,
  fault: FaultKind | null,
): Refusal | null {
  if (fault === 'refuse') return { body: blocked('SAFETY'), used: null }
  const used = usedByPrompt(model, request)
  const asked = /finish-reason-([a-z_]+)/.exec(request.prompt)?.[1]?.toUpperCase()
  if (asked && finishReasons.includes(asked)) return ended(asked, [], used)
  switch (judge(request.prompt)) {
    case 'fine':
      return null
    case 'refused':
      return { body: { ...blocked('PROHIBITED_CONTENT'), usageMetadata: usageMetadata(used) }, used }
    case 'filtered':
      return ended('IMAGE_SAFETY', [], used)
    case 'public-figure':
      return ended('STOP', [{ text: prose }], { ...used, textOut: textTokens(prose) })
  }
}

function blocked(blockReason: string) {
  return { promptFeedback: { blockReason } }
}

function ended(finishReason: string, parts: { text: string }[], used: Used): Refusal {
  const candidate = { content: { parts, role: 'model' }, finishReason, index: 0 }
  return { body: { candidates: [candidate], usageMetadata: usageMetadata(used) }, used }
}
