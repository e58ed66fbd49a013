import { z } from 'zod'
import { type ImageFacts, readFacts } from '../art/pixels.ts'
import { invalidArgument } from './errors.ts'
import { imageSizes, shapeNames } from './models.ts'

const partSchema = z.union([
  z.strictObject({ text: z.string() }),
  z.strictObject({ inlineData: z.strictObject({ mimeType: z.string(), data: z.base64() }) }),
])

/** A capital K, as documented: "1k" is refused. */
const imageConfigSchema = z.strictObject({
  aspectRatio: z.enum(shapeNames).optional(),
  imageSize: z.enum(imageSizes).optional(),
})

const generateSchema = z.strictObject({
  contents: z
    .array(z.strictObject({ role: z.enum(['user', 'model']).optional(), parts: z.array(partSchema).min(1) }))
    .min(1),
  generationConfig: z
    .strictObject({
      responseModalities: z.array(z.enum(['TEXT', 'IMAGE'])).optional(),
      imageConfig: imageConfigSchema.optional(),
      seed: z
        .int()
        .min(-(2 ** 31))
        .max(2 ** 31 - 1)
        .optional(),
      candidateCount: z.literal(1).optional(),
      temperature: z.number().min(0).max(2).optional(),
      maxOutputTokens: z.int().min(1).optional(),
    })
    .optional(),
  safetySettings: z.array(z.strictObject({ category: z.string(), threshold: z.string() })).optional(),
})

export interface GenerateRequest {
  prompt: string
  images: { file: Buffer; facts: ImageFacts }[]
  config: z.infer<typeof imageConfigSchema>
  seed: number | undefined
}

/** Reads a body of generateContent. Throws Google's 400, which names the first bad field. */
export async function readGenerate(body: unknown): Promise<GenerateRequest> {
  const { contents, generationConfig } = parseBody(generateSchema, body)
  const parts = contents.flatMap((content) => content.parts)
  const files = parts.flatMap((part) =>
    'inlineData' in part ? [Buffer.from(part.inlineData.data, 'base64')] : [],
  )
  const images = await Promise.all(
    files.map(async (file) => {
      const facts = await readFacts(file)
      if (!facts) throw invalidArgument('Unable to process input image.')
      return { file, facts }
    }),
  )
  return {
    prompt: parts.flatMap((part) => ('text' in part ? [part.text] : [])).join('\n'),
    images,
    config: generationConfig?.imageConfig ?? {},
    seed: generationConfig?.seed,
  }
}

export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw invalidArgument(`Invalid value at '${issue?.path.join('.')}': ${issue?.message}`)
}
