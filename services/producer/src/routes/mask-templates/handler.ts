import { templateArea, templateMask, templateShapes } from '@halftone/artifacts'
import { AppError, admitsMask, jobBodySchema, maskTemplates, modelKey } from '@halftone/contracts'
import { z } from 'zod'
import { parseSize } from '../../accept/nearest-sizes.ts'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, problems } from '../schemas.ts'

const sizeQuery = z.object({
  size: jobBodySchema.shape.size.unwrap().default('1024x1024').describe('of the picture to be edited'),
})

const templatesSchema = z.object({
  data: z.array(
    z.object({
      name: z.string().describe('for "mask_template"'),
      description: z.string(),
      size: z.string(),
      masked_pixels: z.int(),
      preview_url: z.string().describe('the mask itself, white = edit; needs no key'),
      batch_models: z
        .array(z.string())
        .describe('models whose batch tier takes edits by predefined templates only, this one among them'),
    }),
  ),
})

const previewPixelsMax = 4_000_000

/** `GET /v1/mask-templates`: the masks that have a name. */
export function listMaskTemplatesRoute(app: App, { market, accept }: ProducerParts): void {
  app.route({
    method: 'GET',
    url: '/mask-templates',
    schema: {
      operationId: 'listMaskTemplates',
      summary: 'Masks that have a name, and who takes them in a batch',
      tags: ['files'],
      security: bearer,
      querystring: sizeQuery,
      response: { 200: templatesSchema, ...problems(400, 401, 503) },
    },
    handler: async (request) => {
      const { size } = request.query
      const byTemplate = market.view().models.filter(({ batch }) => batch?.mask_templates !== undefined)
      return {
        data: maskTemplates.map((name) => ({
          name,
          description: templateShapes[name].what,
          size,
          masked_pixels: templateArea(name, parseSize(size)),
          preview_url: `${accept.publicUrl}/v1/mask-templates/${name}/preview?size=${size}`,
          batch_models: byTemplate
            .filter(({ batch }) => admitsMask(batch?.mask_templates, name))
            .map(modelKey),
        })),
      }
    },
  })
}

/** Geometry is nobody's secret, and a page shows it without a key. */
export function maskTemplatePreviewRoute(app: App): void {
  app.route({
    method: 'GET',
    url: '/v1/mask-templates/:name/preview',
    schema: {
      operationId: 'getMaskTemplatePreview',
      summary: 'A mask template as a picture: a PNG, white = edit',
      tags: ['files'],
      security: [{}],
      params: z.object({ name: z.enum(maskTemplates) }),
      querystring: sizeQuery,
      produces: ['image/png'],
      response: {
        200: z.custom<Buffer>().meta({ type: 'string', format: 'binary' }),
        ...problems(400, 413),
      },
    },
    handler: async (request, reply) => {
      const size = parseSize(request.query.size)
      if (size.width * size.height > previewPixelsMax)
        throw new AppError('too_large', 'a preview of this size is not painted', {
          field: '/size',
          limit: previewPixelsMax,
          next: 'ask for a smaller one; "mask_template" in a job works for any size',
        })
      const { png } = await templateMask(request.params.name, size)
      return reply
        .headers({ 'content-type': 'image/png', 'cache-control': 'public, max-age=86400' })
        .send(Buffer.from(png.buffer, png.byteOffset, png.byteLength))
    },
  })
}
