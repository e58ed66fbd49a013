import { clearMargin } from '../art/artist.ts'
import { blur, decode, encode, enlarge, type Format, type Pixels } from '../art/pixels.ts'
import type { Form } from '../form.ts'
import type { ImageTask } from './answer-image.ts'
import { readImage } from './input-image.ts'

/** Tools take a picture and no words, so there is nothing to moderate and no seed. */
function tool(operation: string, format: Format, made: () => Promise<Pixels>): ImageTask {
  return {
    model: 'stable-image-tools',
    operation,
    prompt: '',
    format,
    seed: 0,
    async draw({ blurred }) {
      const pixels = await made()
      return encode(blurred ? await blur(pixels, 8) : pixels, format)
    },
  }
}

export async function background(form: Form, format: Format): Promise<ImageTask> {
  const bounds = { edgeMin: 64, pixelsMin: 4_096, pixelsMax: 4_194_304 }
  const input = await decode(await readImage(form, 'image', bounds))
  return tool('remove-background', format, async () => clearMargin(input))
}

export async function enlarged(form: Form, format: Format): Promise<ImageTask> {
  const bounds = { edgeMin: 32, pixelsMin: 1_024, pixelsMax: 1_048_576 }
  const input = await decode(await readImage(form, 'image', bounds))
  return tool('upscale', format, () => enlarge(input, 4))
}
