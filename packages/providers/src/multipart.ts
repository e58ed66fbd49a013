import type { ImageFormat } from '@halftone/contracts'

export interface MultipartBody {
  contentType: string
  body: Uint8Array
}

/** A form as bytes: with a known length it is sent in one piece, and a failure cannot come from reading it. */
export async function multipart(form: FormData): Promise<MultipartBody> {
  const encoded = new Response(form)
  return { contentType: encoded.headers.get('content-type') ?? '', body: await encoded.bytes() }
}

/** A picture as text, for wires without parts. */
export function dataUrl(bytes: Uint8Array, format: ImageFormat): string {
  return `data:image/${format};base64,${Buffer.from(bytes).toString('base64')}`
}

export function pictureBlob(bytes: Uint8Array, format: ImageFormat): File {
  return new File([new Uint8Array(bytes)], `image.${format}`, { type: `image/${format}` })
}
