import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type LayerOptions, type LayerReport, layerReportSchema } from './layer-report.ts'

/** Layers that stand beside this program; each is loaded only when it runs. */
const layers = {
  A: { file: './model/run-model.ts', run: 'runModel' },
  B: { file: './points/run-points.ts', run: 'runPoints' },
  lots: { file: './points/run-lot-points.ts', run: 'runLotPoints' },
  mutants: { file: './mutants/run-mutants.ts', run: 'runMutants' },
} as const
export type OtherLayer = keyof typeof layers

/** Runs one of them; null if this tree does not have it. */
export async function runLayer(layer: OtherLayer, options: LayerOptions): Promise<LayerReport | null> {
  const { file, run } = layers[layer]
  const url = new URL(file, import.meta.url)
  if (!existsSync(fileURLToPath(url))) {
    options.say(`layer ${layer} is not in this tree: there is no ${file}`)
    return null
  }
  const loaded: object = await import(url.href)
  const found: unknown = Reflect.get(loaded, run)
  if (typeof found !== 'function') throw new Error(`${file} exports no ${run}`)
  return layerReportSchema.parse(await found(options))
}
