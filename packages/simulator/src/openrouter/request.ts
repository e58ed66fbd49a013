import { z } from 'zod'

export const imagesRequestSchema = z.object({
  model: z.string(),
  prompt: z.string().min(1),
  n: z.int().min(1).max(10).default(1),
  aspect_ratio: z
    .string()
    .regex(/^(auto|\d+(\.\d+)?:\d+(\.\d+)?)$/)
    .optional(),
  resolution: z.enum(['512', '1K', '2K', '4K']).optional(),
  size: z
    .string()
    .regex(/^(512|[124]K|[1-9]\d{1,4}x[1-9]\d{1,4})$/)
    .optional(),
  quality: z.enum(['auto', 'low', 'medium', 'high']).optional(),
  output_format: z.enum(['png', 'jpeg', 'webp']).default('png'),
  output_compression: z.int().min(0).max(100).optional(),
  background: z.enum(['auto', 'transparent', 'opaque']).optional(),
  seed: z.int().optional(),
  input_references: z
    .array(z.object({ type: z.literal('image_url'), image_url: z.object({ url: z.string() }) }))
    .max(16)
    .default([]),
  /** Only some upstreams stream; the others answer at once, whatever it says. */
  stream: z.boolean().optional(),
  provider: z
    .object({
      order: z.array(z.string()).nullish(),
      only: z.array(z.string()).nullish(),
      ignore: z.array(z.string()).nullish(),
      allow_fallbacks: z.boolean().nullish(),
    })
    .default({}),
})
export type ImagesRequest = z.infer<typeof imagesRequestSchema>
