import type { HostPreset } from '@halftone/contracts'
import { decodeBase64 } from '../decode-base64.ts'
import { downloadPicture, type PictureHost } from '../download-picture.ts'

/**
 * The pictures of an answer, wherever the host puts them: base64, data URI, or a URL that is fetched. null where they
 * cannot be read; an empty list is no answer either.
 */
export async function readPictures(
  body: unknown,
  { answer }: HostPreset,
  host: PictureHost,
  signal: AbortSignal,
): Promise<Uint8Array[] | null> {
  const found = at(body, answer.list)
  const list = Array.isArray(found) ? found : typeof found === 'object' && found !== null ? [found] : []
  if (list.length === 0) return null
  const texts = inOrder(list, answer.order).map((item) => textOf(item, answer))
  if (texts.some((text) => text === null)) return null
  const pictures = await Promise.all(texts.map((text) => readPicture(text ?? '', host, signal)))
  return pictures.every((picture) => picture !== null) ? pictures : null
}

/** A value inside of another by a path with dots; undefined if it is not there. */
export function at(body: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => {
    const known = typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    return known ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined
  }, body)
}

function inOrder(list: readonly unknown[], order: string | null): readonly unknown[] {
  if (order === null) return list
  return list.toSorted((one, other) => Number(at(one, order)) - Number(at(other, order)))
}

/** Some hosts fill in all of their fields, with null in those that say nothing. */
function textOf(item: unknown, answer: HostPreset['answer']): string | null {
  const text = typeof item === 'string' ? item : (at(item, answer.base64) ?? at(item, answer.url))
  return typeof text === 'string' && text !== '' ? text : null
}

async function readPicture(text: string, host: PictureHost, signal: AbortSignal): Promise<Uint8Array | null> {
  const data = /^data:image\/[\w.+-]+;base64,/.exec(text)
  if (data) return decodeBase64(text.slice(data[0].length))
  return /^https?:\/\//i.test(text) ? downloadPicture(text, host, signal) : decodeBase64(text)
}
