import type { FastifyInstance } from 'fastify'
import type { EditRecipe } from '../art/artist.ts'
import { decode, type Format } from '../art/pixels.ts'
import { type AspectRatio, aspectSizes } from '../aspect-ratio.ts'
import { accountOf } from '../caller.ts'
import { type Form, fileOf } from '../form.ts'
import { meetFault } from '../paid-call.ts'
import type { Simulation } from '../simulation.ts'
import { answerImage, type ImageTask } from './answer-image.ts'
import { badRequest, stabilityErrors } from './errors.ts'
import { readImage, readMaskedImage, widen } from './input-image.ts'
import {
  controlSchema,
  coreSchema,
  eraseSchema,
  inpaintSchema,
  outpaintSchema,
  parseFields,
  readCall,
  removeBackgroundSchema,
  sd3Schema,
  searchAndRecolorSchema,
  searchAndReplaceSchema,
  styleSchema,
  styleTransferSchema,
  ultraSchema,
  upscaleFastSchema,
} from './request.ts'
import { background, enlarged } from './tools.ts'

/** What every account starts with; a credit is a cent. */
const creditsAtStart = 100_000
const nanoPerCredit = 10_000_000

interface Look {
  prompt: string
  format: Format
  seed: number
}

/** Stability's synchronous calls: generate, edit, style transfer, and the balance. */
export function stabilityRoutes(simulation: Simulation) {
  const { artist, prices } = simulation
  const editModel = simulation.catalogue === 'reference' ? 'clipdrop' : 'stable-image-edit'

  function generation(model: string, look: Look, aspectRatio: AspectRatio): ImageTask {
    const [width, height] = aspectSizes[aspectRatio]
    const recipe = {
      provider: 'stability' as const,
      model,
      prompt: look.prompt,
      format: look.format,
      width,
      height,
    }
    return { ...look, model, operation: 'generate', draw: (how) => artist.make({ ...recipe, ...how }) }
  }

  function edit(
    call: { model: string; operation: string; maskedPixels?: number },
    look: Look,
    what: Pick<EditRecipe, 'input' | 'strength' | 'erase'>,
  ): ImageTask {
    const recipe = {
      provider: 'stability' as const,
      model: call.model,
      prompt: look.prompt,
      format: look.format,
    }
    return { ...call, ...look, draw: (how) => artist.edit({ ...recipe, ...what, ...how }) }
  }

  /** A generation that may start from a picture. */
  async function fromImage(
    form: Form,
    model: string,
    look: Look,
    strength: number | undefined,
  ): Promise<ImageTask> {
    if (strength === undefined) throw badRequest('strength: required when an image is given')
    const input = await decode(await readImage(form, 'image'))
    return edit({ model, operation: 'generate' }, look, { input, strength: null })
  }

  return async (app: FastifyInstance): Promise<void> => {
    function route(path: string, readTask: (form: Form) => Promise<ImageTask> | ImageTask): void {
      app.post(`/v2beta/stable-image/${path}`, (request, reply) =>
        answerImage(simulation, { request, reply }, async () => readTask(await readCall(request))),
      )
    }

    route('generate/core', (form) => {
      const fields = parseFields(coreSchema, form.fields)
      return generation('core', lookOf(fields), fields.aspect_ratio)
    })
    route('generate/ultra', (form) => {
      const fields = parseFields(ultraSchema, form.fields)
      if (fileOf(form, 'image')) return fromImage(form, 'ultra', lookOf(fields), fields.strength)
      return generation('ultra', lookOf(fields), fields.aspect_ratio)
    })
    route('generate/sd3', (form) => {
      const fields = parseFields(sd3Schema, form.fields)
      if (fields.mode === 'image-to-image')
        return fromImage(form, fields.model, lookOf(fields), fields.strength)
      return generation(fields.model, lookOf(fields), fields.aspect_ratio)
    })

    route('edit/inpaint', async (form) => {
      const fields = parseFields(inpaintSchema, form.fields)
      const model = fields.model ?? editModel
      if (!prices.has('stability', model)) throw badRequest(`model: ${model} is not known`)
      const { maskedPixels, ...what } = await readMaskedImage(form)
      return edit({ model, operation: 'inpaint', maskedPixels }, lookOf(fields), what)
    })
    route('edit/erase', async (form) => {
      const fields = parseFields(eraseSchema, form.fields)
      const { maskedPixels, ...what } = await readMaskedImage(form)
      return edit({ model: editModel, operation: 'erase', maskedPixels }, lookOf(fields), {
        ...what,
        erase: true,
      })
    })
    route('edit/outpaint', async (form) => {
      const fields = parseFields(outpaintSchema, form.fields)
      const { maskedPixels, ...what } = widen(await decode(await readImage(form, 'image')), fields)
      return edit({ model: editModel, operation: 'outpaint', maskedPixels }, lookOf(fields), what)
    })
    route('control/style-transfer', async (form) => {
      const fields = parseFields(styleTransferSchema, form.fields)
      await readImage(form, 'style_image')
      const input = await decode(await readImage(form, 'init_image'))
      return edit({ model: editModel, operation: 'style-transfer' }, lookOf(fields), {
        input,
        strength: null,
      })
    })

    const whole = async (form: Form, call: { model: string; operation: string }, look: Look) => {
      const input = await decode(await readImage(form, 'image'))
      return edit(call, look, { input, strength: null })
    }
    route('edit/search-and-replace', (form) => {
      const look = lookOf(parseFields(searchAndReplaceSchema, form.fields))
      return whole(form, { model: editModel, operation: 'search-and-replace' }, look)
    })
    route('edit/search-and-recolor', (form) => {
      const look = lookOf(parseFields(searchAndRecolorSchema, form.fields))
      return whole(form, { model: editModel, operation: 'search-and-recolor' }, look)
    })
    for (const operation of ['structure', 'sketch'])
      route(`control/${operation}`, (form) => {
        const look = lookOf(parseFields(controlSchema, form.fields))
        return whole(form, { model: 'stable-image-control', operation }, look)
      })
    route('control/style', async (form) => {
      const fields = parseFields(styleSchema, form.fields)
      await readImage(form, 'image')
      const task = generation('stable-image-control', lookOf(fields), fields.aspect_ratio)
      return { ...task, operation: 'style-guide' }
    })
    route('edit/remove-background', async (form) => {
      const { output_format } = parseFields(removeBackgroundSchema, form.fields)
      return background(form, output_format)
    })
    route('upscale/fast', async (form) => {
      const { output_format } = parseFields(upscaleFastSchema, form.fields)
      return enlarged(form, output_format)
    })

    app.get('/v1/user/balance', async (request) => {
      const account = accountOf(request, stabilityErrors)
      meetFault(simulation.faults, 'stability', null, stabilityErrors)
      return {
        credits: creditsAtStart - Number(simulation.books.spentNano('stability', account)) / nanoPerCredit,
      }
    })
  }
}

function lookOf(fields: { prompt?: string; output_format: Format; seed: number }): Look {
  return { prompt: fields.prompt ?? '', format: fields.output_format, seed: fields.seed }
}
