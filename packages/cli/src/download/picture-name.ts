import { basename } from 'node:path'
import { usageFailure } from '../failure.ts'
import type { ManifestRow } from './manifest.ts'

const partChars = 100
/** Names that Windows keeps for itself. */
const devices = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

type Picture = ManifestRow['images'][number]
const fields: Record<string, (row: ManifestRow, image: Picture, n: number) => string | number | null> = {
  index: ({ index }) => index,
  n: (_row, _image, n) => n,
  '-n': (_row, _image, n) => (n === 1 ? '' : `-${n}`),
  job_id: ({ job_id }) => job_id,
  file_id: (_row, { file_id }) => file_id,
  provider: ({ provider }) => provider,
  model: ({ model }) => model,
  format: (_row, { format }) => format,
  width: (_row, { width }) => width,
  height: (_row, { height }) => height,
}

export type NamePicture = (row: ManifestRow, image: Picture, n: number) => string

/**
 * Makes file names by a template like "{metadata.slug}-{index}.{format}". What a field says never leaves the folder: it
 * has no slashes, and no leading dots; only the template itself may name folders. A job may have more pictures than it
 * asked for, when one comes late: without "{n}" its second is "-2". Without a suffix it gets its own.
 */
export function pictureNames(template: string): NamePicture {
  const segments = whole(template).split('/')
  if (segments.some((segment) => /^\.*$/.test(segment) || segment.includes('\\') || segment.includes('\0')))
    throw usageFailure(
      `--name "${template}" does not name files inside of the folder`,
      'use names without "..", a leading "/" or "\\"',
    )
  for (const [, field = ''] of template.matchAll(/\{([^{}]*)\}/g))
    if (!Object.hasOwn(fields, field) && !/^metadata\../.test(field))
      throw usageFailure(
        `--name has "{${field}}", which is nothing that a picture has`,
        `use ${Object.keys(fields)
          .filter((name) => name !== '-n')
          .join(', ')} or metadata.<key> in braces`,
      )
  return (row, image, n) =>
    segments
      .map((segment) =>
        safe(
          segment.replaceAll(/\{([^{}]*)\}/g, (_, field: string) => {
            const value = Object.hasOwn(fields, field)
              ? fields[field]?.(row, image, n)
              : row.metadata[field.slice('metadata.'.length)]
            return flat(field === '-n' ? String(value) : String(value ?? '') || row.job_id)
          }),
        ),
      )
      .join('/')
}

function whole(template: string): string {
  const at = template.lastIndexOf('.')
  const [stem, suffix] =
    at > template.lastIndexOf('}') || template.endsWith('.{format}')
      ? [template.slice(0, at), template.slice(at)]
      : [template, '.{format}']
  return `${stem}${template.includes('{n}') ? '' : '{-n}'}${suffix}`
}

/** A value as part of a name. */
function flat(value: string): string {
  const clean = value
    .normalize('NFC')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069/\\:*?"<>|]+/g, '-')
  return [...clean].slice(0, partChars).join('')
}

/** A whole name: nothing hidden, nothing that means a folder or a device somewhere. */
function safe(name: string): string {
  const shown = name.replace(/^[\s.]+/, '').replace(/[\s.]+$/, '') || 'picture'
  return basename(devices.test(shown) ? `_${shown}` : shown)
}
